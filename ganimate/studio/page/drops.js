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

/**
 * @param {{store: Store, opening: Opening, messages: Messages}} page
 */
export function mountDrops({ store, opening, messages }) {
  const root = find("drops", HTMLElement);
  const targets = [...root.querySelectorAll(".drop-target")].filter(
    (target) => target instanceof HTMLElement,
  );
  /** Elements that the file is held over, from the page down to the one below the pointer. */
  let depth = 0;

  /** @param {DragEvent} event */
  function findFile(event) {
    return [...(event.dataTransfer?.items ?? [])].find(({ kind }) => kind === "file");
  }

  /** @param {string} type */
  function show(type) {
    const uses = listUses(type, store.get().photo !== null);
    for (const target of targets) {
      target.hidden = !uses.includes(/** @type {Use} */ (target.dataset.drop));
    }
    root.hidden = false;
  }

  function hide() {
    depth = 0;
    root.hidden = true;
  }

  /** @param {DragEvent} event */
  function mark(event) {
    const open = targets.filter((target) => !target.hidden);
    const over = open.find((target) => target === event.target) ?? (open.length === 1 && open[0]);
    for (const target of targets) target.toggleAttribute("data-over", target === over);
    return over || null;
  }

  /** @param {DragEvent} event */
  function drop(event) {
    event.preventDefault();
    const target = mark(event);
    const file = event.dataTransfer?.files[0];
    hide();
    if (!file || !target) return;
    if ((event.dataTransfer?.files.length ?? 0) > 1) messages.say(`Only ${file.name} is used`);
    void opening.use(/** @type {Use} */ (target.dataset.drop), file);
  }

  window.addEventListener("dragenter", (event) => {
    const file = findFile(event);
    if (!file) return;
    event.preventDefault();
    depth += 1;
    if (depth === 1) show(file.type);
  });
  window.addEventListener("dragover", (event) => {
    if (root.hidden) return;
    event.preventDefault();
    mark(event);
  });
  window.addEventListener("dragleave", () => {
    if (root.hidden) return;
    depth -= 1;
    if (depth <= 0) hide();
  });
  window.addEventListener("drop", (event) => {
    if (!root.hidden) drop(event);
  });
}
