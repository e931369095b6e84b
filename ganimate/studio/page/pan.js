/**
 * Hands on the stage: a drag moves the picture, a wheel or two fingers zoom it, and so do keys.
 *
 * @typedef {import("./zoom.js").Point} Point
 * @typedef {import("./zoom.js").Zoom} Zoom
 */

import { find } from "./elements.js";

/** Zoom of a wheel's pixel, as an exponent of e. */
const WHEEL_RATE = 0.0022;
/** Pixels of an arrow key. */
const PAN_STEP = 40;

/** @type {Readonly<Record<string, Point>>} */
const ARROWS = {
  ArrowLeft: { x: PAN_STEP, y: 0 },
  ArrowRight: { x: -PAN_STEP, y: 0 },
  ArrowUp: { x: 0, y: PAN_STEP },
  ArrowDown: { x: 0, y: -PAN_STEP },
};

/** @param {Zoom} zoom */
export function mountPan(zoom) {
  const viewport = find("viewport", HTMLElement);

  /** @param {{clientX: number, clientY: number}} event */
  function locate({ clientX, clientY }) {
    const box = viewport.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  }

  viewport.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom.zoomBy(Math.exp(-event.deltaY * WHEEL_RATE), locate(event));
    },
    { passive: false },
  );
  viewport.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step || event.target !== viewport || !zoom.isZoomed()) return;
    event.preventDefault();
    zoom.moveBy(step);
  });
  viewport.addEventListener("dblclick", (event) => {
    if (event.target instanceof HTMLInputElement) return;
    if (zoom.isZoomed()) zoom.fit();
    else zoom.frameFace();
  });
  find("zoom-in", HTMLButtonElement).addEventListener("click", () => zoom.zoomIn());
  find("zoom-out", HTMLButtonElement).addEventListener("click", () => zoom.zoomOut());
  find("zoom-face", HTMLButtonElement).addEventListener("click", () => zoom.frameFace());
  find("zoom-fit", HTMLButtonElement).addEventListener("click", () => zoom.fit());
  followPointers(viewport, zoom, locate);
}

/**
 * @param {HTMLElement} viewport
 * @param {Zoom} zoom
 * @param {(event: PointerEvent) => Point} locate
 */
function followPointers(viewport, zoom, locate) {
  /** @type {Map<number, Point>} */
  const pointers = new Map();

  viewport.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target instanceof HTMLInputElement) return;
    pointers.set(event.pointerId, locate(event));
    if (zoom.isZoomed() || pointers.size > 1) viewport.setPointerCapture(event.pointerId);
  });
  viewport.addEventListener("pointermove", (event) => {
    const from = pointers.get(event.pointerId);
    if (!from) return;
    const to = locate(event);
    pointers.set(event.pointerId, to);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const spread = Math.hypot(to.x - other.x, to.y - other.y);
      const before = Math.hypot(from.x - other.x, from.y - other.y);
      if (before > 0) zoom.zoomBy(spread / before, other);
    } else if (zoom.isZoomed()) {
      viewport.toggleAttribute("data-panning", true);
      zoom.moveBy({ x: to.x - from.x, y: to.y - from.y });
    }
  });
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
    viewport.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      viewport.removeAttribute("data-panning");
    });
  }
}
