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

/** @param {BarActions} actions */
export function makeTimelineBar(actions) {
  const play = element("button", { type: "button", class: "icon-button play", click: actions.play });
  const clock = element("output", { class: "clock mono", "aria-live": "off", "aria-label": "Time" });
  const length = makeSeconds("Length", 0.1, (value) => actions.set("duration", value));
  length.field.firstElementChild?.classList.add("hidden");
  length.field.title = "Length in seconds";
  const add = element(
    "button",
    {
      type: "button",
      class: "button add-key",
      title: "Keep this expression at the playhead’s time (K)",
      click: actions.addKey,
    },
    icon("key"),
    "Add key",
  );
  const chosen = makeChosen(actions);
  const whole = makeWhole(actions);
  const files = makeFileMenu(actions);
  const time = element("div", { class: "bar-clock" }, clock, "/", length.field);
  const space = element("span", { class: "bar-space" });
  const root = element("div", { class: "timeline-bar" }, play, time, add, chosen.root, space, whole.root, files.root);

  return {
    root,

    /** @param {Description | null} description @param {Key | null} key */
    draw(description, key) {
      play.disabled = length.input.disabled = !description;
      length.input.value = description ? String(Number(description.duration.toFixed(3))) : "3";
      chosen.draw(key);
      whole.draw(description);
      files.draw(description);
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

/**
 * Ease, hold and Delete of the chosen key; gone while none is chosen.
 *
 * @param {BarActions} actions
 */
function makeChosen(actions) {
  const ease = makeSelect("Ease", EASES, (value) => value !== OTHER && actions.ease(value));
  const other = element("option", { value: OTHER, hidden: true });
  ease.select.append(other);
  const hold = makeSeconds("Hold", 0, actions.hold);
  const remove = element(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "Delete the chosen key",
      title: "Delete the chosen key (Delete)",
      click: actions.remove,
    },
    icon("trash"),
  );
  const group = { class: "bar-chosen", role: "group", "aria-label": "The chosen key" };
  const root = element("div", group, ease.field, hold.field, remove);
  return {
    root,

    /** @param {Key | null} key */
    draw(key) {
      root.hidden = !key;
      if (!key) return;
      const named = typeof key.ease === "string" ? key.ease : OTHER;
      other.textContent = key.ease ? `Bézier ${key.ease}` : "Several";
      other.hidden = named !== OTHER;
      ease.select.value = named;
      hold.input.value = String(Number(key.hold.toFixed(3)));
    },
  };
}

/**
 * Loop and blinks.
 *
 * @param {BarActions} actions
 */
function makeWhole(actions) {
  const loop = makeSelect("Loop", LOOPS, (value) => actions.set("loop", value));
  const blinks = element("input", {
    type: "checkbox",
    role: "switch",
    change: () => actions.set("blink", blinks.checked ? "auto" : "none"),
  });
  const blinking = element(
    "label",
    { class: "switch", title: "Blinks at natural intervals" },
    blinks,
    element("span", { class: "switch-track" }),
    "Blinks",
  );
  const group = { class: "bar-whole", role: "group", "aria-label": "The whole timeline" };
  return {
    root: element("div", group, loop.field, blinking),

    /** @param {Description | null} description */
    draw(description) {
      loop.select.disabled = blinks.disabled = !description;
      loop.select.value = description?.loop ?? "once";
      blinks.checked = description?.blink ?? false;
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
      input.value = ""; // the same file again is a change, too
    },
  });
  const menu = element("div", { id: "timeline-menu", class: "menu timeline-menu", popover: true });
  /** @param {string} drawing @param {string} name @param {string} about @param {() => unknown} act */
  const choice = (drawing, name, about, act) => {
    const pick = () => {
      menu.hidePopover();
      act();
    };
    const words = element("span", {}, name, ...(about ? [element("small", {}, about)] : []));
    return element("button", { type: "button", click: pick }, icon(drawing), words);
  };
  const save = choice("download", "Save", "as keys.json for ganimate timeline", actions.save);
  save.id = "save-document";
  const clear = choice("trash", "Clear the timeline", "", actions.clear);
  menu.append(choice("open", "Open", "a keys.json", () => input.click()), save, clear);
  const down = icon("down");
  down.classList.add("small");
  const button = element("button", { type: "button", class: "button", popovertarget: menu.id }, "File", down);
  menu.addEventListener("toggle", () => placeAbove(menu, button));
  return {
    root: element("div", { class: "bar-files" }, button, menu, input),

    /** @param {Description | null} description */
    draw(description) {
      save.disabled = clear.disabled = !description;
    },
  };
}

/**
 * Opens a menu upward from the right end of its button.
 *
 * @param {HTMLElement} menu
 * @param {HTMLElement} button
 */
function placeAbove(menu, button) {
  const { right, top } = button.getBoundingClientRect();
  const fromRight = Math.max(0, window.innerWidth - right);
  menu.style.inset = `auto ${fromRight}px ${window.innerHeight - top + 4}px auto`;
}
