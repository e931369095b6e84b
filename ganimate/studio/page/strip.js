/**
 * The strip: a ruler with the playhead, a row of keys, and a row for each curve.
 *
 * @typedef {import("./documents.js").Description} Description
 * @typedef {import("./documents.js").Key} Key
 *
 * @typedef {Object} StripActions
 * @property {(seconds: number) => void} seek
 * @property {(key: Key) => void} select
 * @property {(key: Key, seconds: number) => void} move
 * @property {(key: Key) => void} remove
 * @property {() => boolean} fold - shows or hides the curves: whether they are shown
 */

import { listRows } from "./curves.js";
import { element, icon } from "./elements.js";

/** Seconds between two labels of the ruler: the smallest that leaves room for them is taken. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];

/** Pixels that a label of the ruler needs. */
const LABEL_WIDTH = 64;

/** Pixels that a pointer moves before a key is dragged rather than pressed. */
const DRAG_AFTER = 3;

/** Frames that an arrow moves the playhead or a key by, with Shift. */
const BIG_STEP = 10;

/** Frames that a key of the keyboard moves the playhead by. @type {Readonly<Record<string, number>>} */
const PLAYHEAD_STEPS = Object.freeze({
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -BIG_STEP,
  PageUp: BIG_STEP,
});

/** @param {number} seconds */
export function formatTime(seconds) {
  return seconds.toFixed(2);
}

/** @param {number} share - of the strip's length */
function percent(share) {
  return `${100 * Math.min(Math.max(share, 0), 1)}%`;
}

/** A row of the strip. */
function makeRow(/** @type {string} */ kind, /** @type {Node | string} */ label, /** @type {Node[]} */ ...track) {
  return element(
    "div",
    { class: `strip-row ${kind}` },
    element("span", { class: "strip-label" }, label),
    element("div", { class: "strip-track" }, ...track),
  );
}

/** The strip, and the hands on it. */
export class Strip {
  root = element("div", { class: "strip" });
  #actions;
  #ticks = element("div", { class: "strip-ticks", "aria-hidden": "true" });
  #playhead = element("input", { type: "range", class: "playhead", "aria-label": "Playhead" });
  #row = element("div", { class: "strip-keys", role: "group", "aria-label": "Keys" });
  #curves = element("div", { class: "strip-curves", role: "list", "aria-label": "Curves" });
  #hint = element("p", { class: "strip-hint muted" });
  #fold = element(
    "button",
    { type: "button", class: "curves-fold", title: "Show or hide the curves", "aria-label": "Curves" },
    icon("down"),
    element("span", { class: "strip-name" }, "Curves"),
  );
  /** Seconds of the strip, of the course that keys stand in, and of a frame. */
  #span = 1;
  #course = 1;
  #frame = 1;
  /** @type {ReadonlyArray<Key>} */
  #keys = [];
  /** The buttons of the keys, in the same order. @type {HTMLElement[]} */
  #marks = [];

  /** @param {StripActions} actions */
  constructor(actions) {
    this.#actions = actions;
    Object.assign(this.#playhead, { min: "0", step: "any" });
    this.#playhead.addEventListener("input", () => actions.seek(this.#playhead.valueAsNumber));
    this.#playhead.addEventListener("keydown", (event) => this.#pressPlayhead(event));
    this.#row.addEventListener("pointerdown", (event) => this.#drag(event));
    this.#fold.addEventListener("click", () => this.tellFold(actions.fold()));
    const ruler = makeRow("strip-ruler", this.#fold, this.#ticks, this.#playhead);
    const head = element("div", { class: "strip-head" }, ruler, makeRow("", "Keys", this.#row));
    this.root.append(head, this.#hint, this.#curves);
    new ResizeObserver(() => this.#drawTicks()).observe(this.#ticks);
  }

  /**
   * @param {Description | null} description
   * @param {number} length - seconds of the strip
   * @param {number} chosen - index of the chosen key; -1 for none
   */
  draw(description, length, chosen) {
    this.#span = length;
    this.#course = description?.duration ?? length;
    this.#frame = 1 / (description?.fps ?? 30);
    this.#playhead.max = String(length);
    this.#drawKeys(description?.keys ?? [], chosen);
    this.#drawTicks();
    this.#curves.replaceChildren(...listRows(description, length));
    this.#hint.hidden = Boolean(description?.curves.length);
    this.#hint.textContent = description
      ? "Nothing moves yet: choose a moment, set the face, and add a key."
      : "Set the face and add a key: it keeps the expression at the playhead’s time.";
  }

  /** @param {number} at - seconds */
  seek(at) {
    this.root.style.setProperty("--at", String(Math.min(at / this.#span, 1)));
    this.#playhead.value = String(at);
    const words = `${formatTime(at)} s of ${formatTime(this.#span)} s`;
    this.#playhead.setAttribute("aria-valuetext", words);
  }

  /** @param {boolean} open - whether the curves are shown */
  tellFold(open) {
    this.#fold.setAttribute("aria-expanded", String(open));
  }

  #drawTicks() {
    const most = Math.max(2, Math.floor(this.#ticks.clientWidth / LABEL_WIDTH));
    const step = STEPS.find((one) => this.#span / one <= most) ?? this.#span;
    const count = Math.floor(this.#span / step + 1e-6);
    const labels = Array.from({ length: count + 1 }, (_, index) => {
      const label = element("span", { class: "tick" }, `${Number((index * step).toFixed(2))} s`);
      label.style.left = percent((index * step) / this.#span);
      return label;
    });
    this.#ticks.replaceChildren(...labels);
  }

  /** @param {ReadonlyArray<Key>} keys @param {number} chosen */
  #drawKeys(keys, chosen) {
    const focused = document.activeElement?.classList.contains("key");
    this.#keys = keys;
    this.#marks = keys.map((key, index) => this.#makeKey(key, index === chosen));
    const holds = keys.filter(({ hold }) => hold > 0).map((key) => this.#makeHold(key));
    this.#row.replaceChildren(...holds, ...this.#marks);
    if (focused) this.#marks[chosen]?.focus();
  }

  /** @param {Key} key @param {boolean} chosen */
  #makeKey(key, chosen) {
    const held = key.hold ? `, held ${formatTime(key.hold)} s` : "";
    const mark = element("button", {
      type: "button",
      class: "key",
      "aria-label": `Key at ${formatTime(key.t)} s${held}`,
      "aria-pressed": chosen ? "true" : "false",
      title: `${formatTime(key.t)} s${held}`,
      keydown: (/** @type {KeyboardEvent} */ event) => this.#pressKey(event, key),
      // A click without a pointer is a screen reader's.
      click: (/** @type {MouseEvent} */ event) => event.detail === 0 && this.#actions.select(key),
    });
    mark.style.left = percent(key.t / this.#span);
    return mark;
  }

  /** @param {Key} key */
  #makeHold(key) {
    const hold = element("span", { class: "hold", "aria-hidden": "true" });
    hold.style.left = percent(key.t / this.#span);
    hold.style.width = percent(key.hold / this.#span);
    return hold;
  }

  // Hands

  /** The frame's time that is nearest to a moment of the course. */
  #snap(/** @type {number} */ seconds) {
    const within = Math.min(Math.max(seconds, 0), this.#course);
    return within === this.#course ? within : Math.round(within / this.#frame) * this.#frame;
  }

  /** @param {KeyboardEvent} event */
  #pressPlayhead(event) {
    const steps = PLAYHEAD_STEPS[event.key];
    if (steps === undefined) return;
    event.preventDefault();
    const frame = Math.round(this.#playhead.valueAsNumber / this.#frame);
    this.#actions.seek((frame + steps * (event.shiftKey ? BIG_STEP : 1)) * this.#frame);
  }

  /** @param {KeyboardEvent} event @param {Key} key */
  #pressKey(event, key) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const act = {
      Delete: () => this.#actions.remove(key),
      Backspace: () => this.#actions.remove(key),
      Enter: () => this.#actions.select(key),
      " ": () => this.#actions.select(key),
    }[event.key];
    if (!steps && !act) return;
    event.preventDefault();
    if (act) return act();
    const way = (steps ?? 0) * this.#frame * (event.shiftKey ? BIG_STEP : 1);
    this.#actions.move(key, this.#snap(key.t + way));
  }

  /** The key nearest to a pointer: where keys are close, they lie over each other. */
  #findNearest(/** @type {number} */ x) {
    const away = (/** @type {HTMLElement} */ mark) => {
      const box = mark.getBoundingClientRect();
      return Math.abs(box.left + box.width / 2 - x);
    };
    return this.#marks.reduce((best, mark) => (away(mark) < away(best) ? mark : best));
  }

  /** @param {PointerEvent} start */
  #drag(start) {
    const pressed = start.target;
    if (start.button !== 0 || !(pressed instanceof Element) || !pressed.closest(".key")) return;
    const mark = this.#findNearest(start.clientX);
    const key = this.#keys[this.#marks.indexOf(mark)];
    const width = this.#row.clientWidth;
    let t = key.t;
    let dragged = false;
    /** @param {PointerEvent} event */
    const move = (event) => {
      const way = event.clientX - start.clientX;
      dragged ||= Math.abs(way) > DRAG_AFTER;
      if (!dragged) return;
      t = this.#snap(key.t + (way / width) * this.#span);
      mark.style.left = percent(t / this.#span);
      mark.dataset.dragged = formatTime(t);
    };
    const end = () => {
      mark.removeEventListener("pointermove", move);
      delete mark.dataset.dragged;
      if (!dragged) this.#actions.select(key);
      else if (t !== key.t) this.#actions.move(key, t);
    };
    mark.setPointerCapture(start.pointerId);
    mark.addEventListener("pointermove", move);
    mark.addEventListener("pointerup", end, { once: true });
    mark.addEventListener("pointercancel", end, { once: true });
  }
}
