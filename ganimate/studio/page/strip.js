/**
 * The strip itself: a ruler with the playhead, a row of keys, and a row for each curve.
 *
 * @typedef {import("./documents.js").Curve} Curve
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

import { element, icon } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";

/** Seconds between two labels of the ruler, the smallest that leaves room for them is taken. */
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600];

/** Labels of the ruler at most, and pixels that each needs. */
const LABEL_WIDTH = 64;

/** Units of a curve's drawing; it is stretched to its row. */
const WIDE = 1000;
const HIGH = 100;

/** Pixels that a pointer moves before a key is dragged rather than pressed. */
const DRAG_AFTER = 3;

/** Frames that an arrow moves a key by, with Shift. */
const BIG_STEP = 10;

/** @type {Readonly<Record<string, number>>} */
const GROUP_COLOURS = Object.freeze({
  Brows: 1,
  "Eyes and cheeks": 2,
  "Nose and upper lip": 3,
  "Mouth and chin": 4,
  Head: 5,
});

/** @param {number} seconds */
export function formatTime(seconds) {
  return seconds.toFixed(2);
}

/** @param {number} share - of the strip's length */
function percent(share) {
  return `${100 * Math.min(Math.max(share, 0), 1)}%`;
}

/**
 * @param {HTMLElement} root
 * @param {StripActions} actions
 */
export function createStrip(root, actions) {
  const ticks = element("div", { class: "strip-ticks", "aria-hidden": "true" });
  const playhead = element("input", {
    type: "range",
    class: "playhead",
    "aria-label": "Playhead",
    min: 0,
    step: "any",
    input: () => actions.seek(Number(playhead.value)),
  });
  const keys = element("div", { class: "strip-keys", role: "group", "aria-label": "Keys" });
  const curves = element("div", { class: "strip-curves", role: "list", "aria-label": "Curves" });
  const hint = element("p", { class: "strip-hint muted" });
  const fold = element(
    "button",
    {
      type: "button",
      class: "curves-fold",
      title: "Show or hide the curves",
      click: () => fold.setAttribute("aria-expanded", String(actions.fold())),
    },
    icon("down"),
    element("span", { class: "strip-name" }, "Curves"),
  );
  fold.setAttribute("aria-label", "Curves");
  const head = element(
    "div",
    { class: "strip-head" },
    element(
      "div",
      { class: "strip-row strip-ruler" },
      element("span", { class: "strip-label" }, fold),
      element("div", { class: "strip-track" }, ticks, playhead),
    ),
    element(
      "div",
      { class: "strip-row" },
      element("span", { class: "strip-label" }, "Keys"),
      element("div", { class: "strip-track" }, keys),
    ),
  );
  root.append(head, hint, curves);
  let span = 1;
  let frame = 1 / 30;
  let course = 1;
  /** @type {ReadonlyArray<Key>} */
  let shownKeys = [];
  /** The buttons of the keys, in the same order. @type {HTMLElement[]} */
  let marks = [];

  /** A frame's time that is nearest to a moment, in thousandths. */
  function snap(/** @type {number} */ seconds) {
    const within = Math.min(Math.max(seconds, 0), course);
    return within === course ? course : Math.round(within / frame) * frame;
  }

  playhead.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -BIG_STEP, PageUp: BIG_STEP }[event.key];
    if (steps === undefined) return;
    event.preventDefault();
    const times = event.shiftKey ? BIG_STEP : 1;
    actions.seek((Math.round(Number(playhead.value) / frame) + steps * times) * frame);
  });

  function drawTicks() {
    const most = Math.max(2, Math.floor(ticks.clientWidth / LABEL_WIDTH));
    const step = STEPS.find((one) => span / one <= most) ?? span;
    const count = Math.floor(span / step + 1e-6);
    ticks.replaceChildren(
      ...Array.from({ length: count + 1 }, (_, index) => {
        const label = element("span", { class: "tick" }, `${Number((index * step).toFixed(2))} s`);
        label.style.left = percent((index * step) / span);
        return label;
      }),
    );
  }

  /** @param {PointerEvent} start */
  function drag(start) {
    const pressed = start.target;
    if (start.button !== 0 || !(pressed instanceof Element) || !pressed.closest(".key")) return;
    const mark = findNearest(start.clientX);
    const key = shownKeys[marks.indexOf(mark)];
    const width = keys.clientWidth;
    let t = key.t;
    let dragged = false;
    /** @param {PointerEvent} event */
    const move = (event) => {
      const way = event.clientX - start.clientX;
      dragged ||= Math.abs(way) > DRAG_AFTER;
      if (!dragged) return;
      t = snap(key.t + (way / width) * span);
      mark.style.left = percent(t / span);
      mark.dataset.dragged = formatTime(t);
    };
    const end = () => {
      mark.removeEventListener("pointermove", move);
      delete mark.dataset.dragged;
      if (!dragged) return actions.select(key);
      if (t !== key.t) actions.move(key, t);
      else mark.style.left = percent(key.t / span);
    };
    mark.setPointerCapture(start.pointerId);
    mark.addEventListener("pointermove", move);
    mark.addEventListener("pointerup", end, { once: true });
    mark.addEventListener("pointercancel", end, { once: true });
  }

  /** The key nearest to a pointer: where keys are close, they lie over each other. */
  function findNearest(/** @type {number} */ x) {
    const away = (/** @type {HTMLElement} */ mark) => {
      const box = mark.getBoundingClientRect();
      return Math.abs(box.left + box.width / 2 - x);
    };
    return marks.reduce((best, mark) => (away(mark) < away(best) ? mark : best));
  }

  /** @param {KeyboardEvent} event @param {Key} key */
  function press(event, key) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (steps) {
      event.preventDefault();
      actions.move(key, snap(key.t + steps * frame * (event.shiftKey ? BIG_STEP : 1)));
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      actions.remove(key);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      actions.select(key);
    }
  }

  /** @param {Key} key @param {boolean} chosen */
  function makeKey(key, chosen) {
    const held = key.hold ? `, held ${formatTime(key.hold)} s` : "";
    const mark = element("button", {
      type: "button",
      class: "key",
      "aria-label": `Key at ${formatTime(key.t)} s${held}`,
      "aria-pressed": chosen ? "true" : "false",
      title: `${formatTime(key.t)} s${held}`,
      keydown: (/** @type {KeyboardEvent} */ event) => press(event, key),
    });
    mark.style.left = percent(key.t / span);
    return mark;
  }

  /** @param {Key} key */
  function makeHold(key) {
    const hold = element("span", { class: "hold", "aria-hidden": "true" });
    hold.style.left = percent(key.t / span);
    hold.style.width = percent(key.hold / span);
    return hold;
  }

  keys.addEventListener("pointerdown", drag);
  new ResizeObserver(drawTicks).observe(ticks);

  return {
    /**
     * @param {Description | null} description
     * @param {number} length - seconds of the strip
     * @param {number} chosen - index of the chosen key; -1 for none
     */
    draw(description, length, chosen) {
      span = length;
      course = description?.duration ?? length;
      frame = 1 / (description?.fps ?? 30);
      playhead.max = String(span);
      const focused = document.activeElement?.classList.contains("key");
      shownKeys = description?.keys ?? [];
      marks = shownKeys.map((key, index) => makeKey(key, index === chosen));
      keys.replaceChildren(...shownKeys.filter(({ hold }) => hold > 0).map(makeHold), ...marks);
      if (focused) /** @type {HTMLElement | null} */ (keys.querySelector("[aria-pressed=true]"))?.focus();
      drawTicks();
      curves.replaceChildren(...listRows(description, span));
      hint.hidden = Boolean(description?.curves.length);
      hint.textContent = description
        ? "Nothing moves yet: choose a moment, set the face, and add a key."
        : "Set the face and add a key: it keeps the expression at the playhead’s time.";
    },

    /** @param {boolean} open - whether the curves are shown */
    tellFold: (open) => fold.setAttribute("aria-expanded", String(open)),

    /** @param {number} at - seconds */
    seek(at) {
      root.style.setProperty("--at", String(span ? Math.min(at / span, 1) : 0));
      playhead.value = String(at);
      playhead.setAttribute("aria-valuetext", `${formatTime(at)} s of ${formatTime(span)} s`);
    },
  };
}

/**
 * A row for each channel that moves; both of its sides share one.
 *
 * @param {Description | null} description
 * @param {number} span
 */
function listRows(description, span) {
  if (!description) return [];
  /** @type {Map<string, Curve[]>} */
  const rows = new Map();
  for (const curve of description.curves) rows.set(curve.id, [...(rows.get(curve.id) ?? []), curve]);
  return [...rows.values()].map((curves) => makeRow(curves, description, span));
}

/**
 * @param {Curve[]} curves
 * @param {Description} description
 * @param {number} span
 */
function makeRow(curves, description, span) {
  const [{ id, number, name, group, low, high }] = curves;
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${WIDE} ${HIGH}`);
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("class", "curve");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", curves.map(tellCurve).join("; "));
  const blinks = id === "AU45" ? description.blinks : null;
  const x = (/** @type {number} */ t) => ((t / span) * WIDE).toFixed(1);
  const y = (/** @type {number} */ v) => (HIGH * (1 - (v - low) / (high - low))).toFixed(1);
  /** @param {ReadonlyArray<number>} values */
  const line = (values) =>
    values.map((value, index) => `${index ? "L" : "M"}${x(description.times[index])} ${y(value)}`).join("");
  const add = (/** @type {string} */ kind, /** @type {string} */ d) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", kind);
    path.setAttribute("d", d);
    drawing.append(path);
  };
  for (const { side, values, marks } of curves) {
    const last = x(description.times.at(-1) ?? 0);
    const ground = y(Math.max(low, 0));
    if (side !== "right") add("curve-area", `${line(values)}L${last} ${ground}L0 ${ground}Z`);
    if (blinks) {
      add("curve-blink", line(values.map((value, index) => value + blinks[index] * (1 - value))));
    }
    add(side === "right" ? "curve-line right" : "curve-line", line(values));
    add("curve-marks", marks.map((t) => `M${x(t)} ${y(valueAt(t, values, description))}h0`).join(""));
  }
  return element(
    "div",
    { class: `strip-row strip-curve colour-${GROUP_COLOURS[group] ?? 4}`, role: "listitem" },
    element("span", { class: "strip-label", title: name },
      element("span", { class: "strip-number mono" }, number || name.slice(0, 1)),
      element("span", { class: "strip-name" }, name)),
    element("div", { class: "strip-track" }, drawing),
  );
}

/**
 * @param {number} t
 * @param {ReadonlyArray<number>} values
 * @param {Description} description
 */
function valueAt(t, values, { frames, fps, times }) {
  const share = frames > 1 ? Math.min((t * fps) / (frames - 1), 1) : 0;
  return values[Math.round(share * (times.length - 1))];
}

/** @param {Curve} curve */
function tellCurve({ name, side, values }) {
  const from = Math.min(...values).toFixed(2);
  const to = Math.max(...values).toFixed(2);
  return `${name}${side === "both" ? "" : `, ${side}`}: ${from} to ${to}`;
}
