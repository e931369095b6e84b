/**
 * Files that are dropped on the page: while one is held over it, the page shows what it can do.
 *
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./opening.js").Opening} Opening
 * @typedef {import("./opening.js").Use} Use
 * @typedef {import("./store.js").Store} Store
 */

import { find } from "./elements.js";

/**
 * What a file can be used for, most likely first.
 *
 * @param {string} type - its media type; empty where the browser knows none
 * @param {boolean} ready - whether a photo is open
 * @returns {Use[]}
 */
function listUses(type, ready) {
  if (!ready) return ["photo"];
  if (type.startsWith("video/")) return ["driver"];
  if (type === "application/json") return ["document"];
  return ["photo", "expression"];
}

/** What is held over the page, and where it can be dropped. */
class Drops {
  #page;
  #root = find("drops", HTMLElement);
  #targets = [...document.querySelectorAll(".drop-target")].filter(
    (target) => target instanceof HTMLElement,
  );
  /** Elements that the file is held over, from the page down to the one below the pointer. */
  #depth = 0;

  /** @param {{store: Store, opening: Opening, messages: Messages}} page */
  constructor(page) {
    this.#page = page;
  }

  /** @param {DragEvent} event */
  enter(event) {
    const file = [...(event.dataTransfer?.items ?? [])].find(({ kind }) => kind === "file");
    if (!file) return;
    event.preventDefault();
    this.#depth += 1;
    if (this.#depth > 1) return;
    const uses = listUses(file.type, this.#page.store.get().photo !== null);
    for (const target of this.#targets) {
      target.hidden = !uses.includes(/** @type {Use} */ (target.dataset.drop));
    }
    this.#root.hidden = false;
  }

  /** @param {DragEvent} event */
  move(event) {
    if (this.#root.hidden) return;
    event.preventDefault();
    this.#mark(event);
  }

  leave() {
    this.#depth -= 1;
    if (this.#depth <= 0) this.#hide();
  }

  /** @param {DragEvent} event */
  drop(event) {
    if (this.#root.hidden) return;
    event.preventDefault();
    const target = this.#mark(event);
    const files = event.dataTransfer?.files;
    this.#hide();
    if (!files?.length || !target) return;
    if (files.length > 1) this.#page.messages.say(`Only ${files[0].name} is used`);
    void this.#page.opening.use(/** @type {Use} */ (target.dataset.drop), files[0]);
  }

  /**
   * Marks the target that the pointer is over; the only one where there is one.
   *
   * @param {DragEvent} event
   */
  #mark(event) {
    const open = this.#targets.filter((target) => !target.hidden);
    const over = open.find((one) => one === event.target) ?? (open.length === 1 ? open[0] : null);
    for (const target of this.#targets) target.toggleAttribute("data-over", target === over);
    return over;
  }

  #hide() {
    this.#depth = 0;
    this.#root.hidden = true;
  }
}

/**
 * @param {{store: Store, opening: Opening, messages: Messages}} page
 */
export function mountDrops(page) {
  const drops = new Drops(page);
  window.addEventListener("dragenter", (event) => drops.enter(event));
  window.addEventListener("dragover", (event) => drops.move(event));
  window.addEventListener("dragleave", () => drops.leave());
  window.addEventListener("drop", (event) => drops.drop(event));
}
