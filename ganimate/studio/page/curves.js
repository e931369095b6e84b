/**
 * Curves of a timeline: a row for each channel that moves.
 *
 * @typedef {import("./documents.js").Curve} Curve
 * @typedef {import("./documents.js").Description} Description
 */

import { element } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";

/** Units of a curve's drawing; it is stretched to its row. */
const WIDE = 1000;
const HIGH = 100;

/** Colour of each group, of timeline.css. @type {Readonly<Record<string, number>>} */
const GROUP_COLOURS = Object.freeze({
  Brows: 1,
  "Eyes and cheeks": 2,
  "Nose and upper lip": 3,
  "Mouth and chin": 4,
  Head: 5,
});

/**
 * A row for each channel that moves; both of its sides share one.
 *
 * @param {Description | null} description
 * @param {number} span - seconds of the strip
 */
export function listRows(description, span) {
  if (!description) return [];
  /** @type {Map<string, Curve[]>} */
  const rows = new Map();
  for (const curve of description.curves) rows.set(curve.id, [...(rows.get(curve.id) ?? []), curve]);
  return [...rows.values()].map((curves) => makeRow(curves, description, span));
}

/**
 * @param {Curve[]} curves - of one channel: that of both sides, or one for each
 * @param {Description} description
 * @param {number} span
 */
function makeRow(curves, description, span) {
  const [{ number, name, group }] = curves;
  const label = element(
    "span",
    { class: "strip-label", title: name },
    element("span", { class: "strip-number mono" }, number || name.slice(0, 1)),
    element("span", { class: "strip-name" }, name),
  );
  return element(
    "div",
    { class: `strip-row strip-curve colour-${GROUP_COLOURS[group] ?? 4}`, role: "listitem" },
    label,
    element("div", { class: "strip-track" }, drawCurves(curves, description, span)),
  );
}

/**
 * @param {Curve[]} curves
 * @param {Description} description
 * @param {number} span
 */
function drawCurves(curves, description, span) {
  const [{ id, low, high }] = curves;
  const { times } = description;
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 0 ${WIDE} ${HIGH}`);
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("class", "curve");
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", curves.map(tellCurve).join("; "));

  const x = (/** @type {number} */ t) => ((t / span) * WIDE).toFixed(1);
  const y = (/** @type {number} */ v) => (HIGH * (1 - (v - low) / (high - low))).toFixed(1);
  /** @param {ReadonlyArray<number>} values */
  const line = (values) => values.map((v, n) => `${n ? "L" : "M"}${x(times[n])} ${y(v)}`).join("");
  const add = (/** @type {string} */ kind, /** @type {string} */ d) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", kind);
    path.setAttribute("d", d);
    drawing.append(path);
  };

  const blinks = id === "AU45" ? description.blinks : null;
  const last = x(times.at(-1) ?? 0);
  const ground = y(Math.max(low, 0));
  for (const { side, values, marks } of curves) {
    if (side !== "right") add("curve-area", `${line(values)}L${last} ${ground}L0 ${ground}Z`);
    if (blinks) add("curve-blink", line(values.map((v, n) => v + blinks[n] * (1 - v))));
    add(side === "right" ? "curve-line right" : "curve-line", line(values));
    const dots = marks.map((t) => `M${x(t)} ${y(valueAt(t, values, description))}h0`);
    add("curve-marks", dots.join(""));
  }
  return drawing;
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
