/**
 * Keys of the page, and the list of them. A key that a control uses itself stays the control's.
 *
 * @typedef {import("./controls.js").Controls} Controls
 * @typedef {import("./store.js").Store} Store
 *
 * @typedef {Object} Shortcut
 * @property {string[]} keys - shown
 * @property {string} meaning
 */

import { resetAll } from "./actions.js";
import { element, find } from "./elements.js";
import { VIEWS } from "./views.js";

/** @type {ReadonlyArray<Shortcut>} */
const LIST = [
  { keys: ["←", "→"], meaning: "move a slider by a step, .01" },
  { keys: ["Shift ←", "Shift →"], meaning: "move it by ten steps, .1" },
  { keys: ["Delete"], meaning: "set it back to the photo; so does a double click" },
  { keys: ["R"], meaning: "randomize" },
  { keys: ["Shift R"], meaning: "reset to the photo" },
  { keys: ["Ctrl Z", "Ctrl Shift Z"], meaning: "undo, redo" },
  { keys: ["B"], meaning: "hold to see the photo" },
  { keys: ["1", "…", String(VIEWS.length)], meaning: "choose a view" },
  { keys: ["+", "−"], meaning: "zoom in and out; a wheel or two fingers do, too" },
  { keys: ["F", "0"], meaning: "zoom to the face, to the whole photo" },
  { keys: ["Space"], meaning: "play the timeline, or stop it" },
  { keys: ["K"], meaning: "add a key to it" },
  { keys: ["?"], meaning: "this list" },
];

/** Kinds of inputs in which letters are not written. */
const WITHOUT_TEXT = ["range", "radio", "checkbox", "button", "file"];

/** @param {EventTarget | null} target */
function isWriting(target) {
  if (target instanceof HTMLInputElement) return !WITHOUT_TEXT.includes(target.type);
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}

/**
 * @param {object} page
 * @param {Store} page.store
 * @param {Controls} page.controls
 * @param {import("./zoom.js").Zoom} page.zoom
 * @param {{peek: (held: boolean) => void}} page.views
 */
export function mountKeys({ store, controls, zoom, views }) {
  const help = find("help", HTMLDialogElement);
  const openHelp = () => help.showModal();

  /** @type {Readonly<Record<string, () => unknown>>} */
  const actions = {
    r: () => controls.randomize(),
    "shift+r": () => resetAll(store),
    b: () => views.peek(true),
    "+": () => zoom.zoomIn(),
    "=": () => zoom.zoomIn(),
    "-": () => zoom.zoomOut(),
    0: () => zoom.fit(),
    f: () => zoom.frameFace(),
    "?": openHelp,
    "ctrl+z": () => store.undo(),
    "ctrl+shift+z": () => store.redo(),
    "ctrl+y": () => store.redo(),
    ...Object.fromEntries(
      VIEWS.map(({ view }, index) => [String(index + 1), () => store.set({ view })]),
    ),
  };

  /** @param {KeyboardEvent} event */
  function nameKey(event) {
    const key = event.key.toLowerCase();
    const isLetter = /^[a-z]$/.test(key);
    const ctrl = event.ctrlKey || event.metaKey ? "ctrl+" : "";
    return `${ctrl}${event.shiftKey && isLetter ? "shift+" : ""}${key}`;
  }

  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || isWriting(event.target)) return;
    if (document.querySelector("dialog[open]") || !store.get().photo) return;
    const action = actions[nameKey(event)];
    if (!action) return;
    event.preventDefault();
    action();
  });
  window.addEventListener("keyup", (event) => {
    if (event.key.toLowerCase() === "b") views.peek(false);
  });
  window.addEventListener("blur", () => views.peek(false));

  find("help-button", HTMLButtonElement).addEventListener("click", openHelp);
  find("help-close", HTMLButtonElement).addEventListener("click", () => help.close());
  help.addEventListener("click", (event) => {
    if (event.target === help) help.close();
  });
  find("help-keys", HTMLElement).replaceChildren(
    element(
      "dl",
      {},
      ...LIST.flatMap(({ keys, meaning }) => [
        element("dt", {}, ...keys.map((key) => (key === "…" ? key : element("kbd", {}, key)))),
        element("dd", {}, meaning),
      ]),
    ),
  );
}
