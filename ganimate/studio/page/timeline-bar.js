/**
 * The controls over the strip: play, keys, the chosen key's ease, length, loop, blinks, files.
 *
 * @typedef {import("./documents.js").Description} Description
 * @typedef {import("./documents.js").Key} Key
 *
 * @typedef {Object} BarActions
 * @property {() => void} play
 * @property {() => unknown} addKey
 * @property {() => void} remove
 * @property {(name: string) => void} ease
 * @property {(seconds: number) => void} hold
 * @property {(name: string, value: unknown) => unknown} set - a field of the document
 * @property {(file: File) => unknown} open
 * @property {() => unknown} save
 * @property {() => void} clear
 */

import { element, icon } from "./elements.js";
import { formatTime } from "./strip.js";

/** Ways from a key to the next, as a file names them, and what the list calls them. */
const EASES = [
  ["smooth", "Smooth"],
  ["linear", "Linear"],
  ["in", "In"],
  ["out", "Out"],
  ["in-out", "In and out"],
  ["step", "Step"],
];

const LOOPS = [
  ["once", "Once"],
  ["pingpong", "There and back"],
  ["seamless", "Seamless"],
];

/** A way of its own: a cubic Bézier of four numbers, or entries that differ. */
const OTHER = "other";

/**
 * @param {string} text
 * @param {string} name - of the file
 */
export function saveText(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = element("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/**
 * @param {string} label
 * @param {ReadonlyArray<string[]>} choices
 * @param {(value: string) => void} change
 */
function makeSelect(label, choices, change) {
  const select = element(
    "select",
    { class: "field", change: () => change(select.value) },
    ...choices.map(([value, name]) => element("option", { value }, name)),
  );
  return { select, field: element("label", { class: "bar-field" }, element("span", {}, label), select) };
}

/**
 * @param {string} label
 * @param {number} least
 * @param {(value: number) => void} change
 */
function makeSeconds(label, least, change) {
  const input = element("input", {
    class: "field seconds mono",
    type: "number",
    "aria-label": `${label} in seconds`,
    min: least,
    step: 0.1,
    inputmode: "decimal",
    change: () => {
      const value = Number(input.value);
      if (input.value !== "" && Number.isFinite(value) && value >= least) change(value);
    },
  });
  const field = element("label", { class: "bar-field" }, element("span", {}, label), input, element("span", { class: "muted" }, "s"));
  return { input, field };
}

/**
 * @param {BarActions} actions
 */
export function makeTimelineBar(actions) {
  const play = element("button", { type: "button", class: "icon-button play", click: actions.play });
  const clock = element("output", { class: "clock mono", "aria-live": "off", "aria-label": "Time" });
  const add = element(
    "button",
    { type: "button", class: "button add-key", title: "Keep this expression at the playhead’s time (K)", click: actions.addKey },
    icon("key"),
    "Add key",
  );
  const remove = element(
    "button",
    { type: "button", class: "icon-button", "aria-label": "Delete the chosen key", title: "Delete the chosen key (Delete)", click: actions.remove },
    icon("trash"),
  );
  const ease = makeSelect("Ease", EASES, (value) => value !== OTHER && actions.ease(value));
  const other = element("option", { value: OTHER, hidden: true }, "Its own");
  ease.select.append(other);
  const hold = makeSeconds("Hold", 0, actions.hold);
  const chosen = element("div", { class: "bar-chosen", role: "group", "aria-label": "The chosen key" }, ease.field, hold.field, remove);

  const length = makeSeconds("Length", 0.1, (value) => actions.set("duration", value));
  length.field.firstElementChild?.classList.add("hidden");
  length.field.title = "Length in seconds";
  const loop = makeSelect("Loop", LOOPS, (value) => actions.set("loop", value));
  const blinks = element("input", {
    type: "checkbox",
    role: "switch",
    change: () => actions.set("blink", blinks.checked ? "auto" : "none"),
  });
  const blinking = element("label", { class: "switch", title: "Blinks at natural intervals" }, blinks, element("span", { class: "switch-track" }), "Blinks");
  const whole = element("div", { class: "bar-whole", role: "group", "aria-label": "The whole timeline" }, loop.field, blinking);

  const files = makeFileMenu(actions);
  const time = element("div", { class: "bar-clock" }, clock, "/", length.field);
  const root = element("div", { class: "timeline-bar" }, play, time, add, chosen, element("span", { class: "bar-space" }), whole, files.button, files.menu, files.input);

  return {
    root,
    actions,

    /** @param {Description | null} description @param {Key | null} key */
    draw(description, key) {
      for (const control of [length.input, loop.select, blinks, files.save, files.clear]) control.disabled = !description;
      chosen.hidden = !key;
      play.disabled = !description;
      length.input.value = description ? String(Number(description.duration.toFixed(3))) : "3";
      loop.select.value = description?.loop ?? "once";
      blinks.checked = description?.blink ?? false;
      const named = typeof key?.ease === "string" ? key.ease : key ? OTHER : "smooth";
      other.textContent = key?.ease ? `Bézier ${key.ease}` : "Several";
      other.hidden = named !== OTHER;
      ease.select.value = named;
      hold.input.value = key ? String(Number(key.hold.toFixed(3))) : "";
    },

    /** @param {{at: number, running: boolean}} playhead */
    tell({ at, running }) {
      clock.textContent = formatTime(at);
      const name = running ? "Pause" : "Play";
      if (play.getAttribute("aria-label") === name) return;
      play.setAttribute("aria-label", name);
      play.title = `${name} (Space)`;
      play.replaceChildren(icon(running ? "pause" : "play"));
    },
  };
}

/** @param {BarActions} actions */
function makeFileMenu(actions) {
  const input = element("input", {
    id: "document-input",
    class: "hidden",
    type: "file",
    accept: ".json,application/json",
    "aria-label": "Timeline file",
    tabindex: -1,
    change: () => {
      const file = input.files?.[0];
      if (file) void actions.open(file);
      input.value = "";
    },
  });
  const choose = (/** @type {() => unknown} */ act) => () => {
    menu.hidePopover();
    act();
  };
  const save = element("button", { type: "button", id: "save-document", click: choose(actions.save) }, icon("download"), element("span", {}, "Save", element("small", {}, "as keys.json for ganimate timeline")));
  const clear = element("button", { type: "button", click: choose(actions.clear) }, icon("trash"), element("span", {}, "Clear the timeline"));
  const menu = element(
    "div",
    { id: "timeline-menu", class: "menu timeline-menu", popover: true },
    element("button", { type: "button", click: choose(() => input.click()) }, icon("open"), element("span", {}, "Open", element("small", {}, "a keys.json"))),
    save,
    clear,
  );
  const button = element("button", { type: "button", class: "button", popovertarget: "timeline-menu" }, "File", icon("down"));
  button.lastElementChild?.classList.add("small");
  menu.addEventListener("toggle", () => {
    const box = button.getBoundingClientRect();
    menu.style.inset = `auto ${Math.max(8, window.innerWidth - box.right)}px ${window.innerHeight - box.top + 4}px auto`;
  });
  return { button, menu, input, save, clear };
}
