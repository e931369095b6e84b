/**
 * Where the picture lies on the stage: fitted, zoomed, moved.
 *
 * @typedef {import("./store.js").Store} Store
 *
 * @typedef {Object} Place
 * @property {number} zoom - 1 fits the picture into the stage
 * @property {number} x - of the picture's middle from the stage's, pixels
 * @property {number} y
 */

import { find } from "./elements.js";

/** Stage pixels that a photo pixel may become. */
const MOST_MAGNIFICATION = 8;
/** Factor of a click on plus. */
const ZOOM_STEP = 1.25;
/** Zoom of a wheel's pixel, as an exponent of e. */
const WHEEL_RATE = 0.0022;
/** Pixels of an arrow key. */
const PAN_STEP = 40;
/** Share of the stage's height that a photo's face has at first, unless it has more already. */
const FACE_SHARE = 0.55;
/** Stage pixels that a photo pixel may become to show a face so: more is blurred. */
const FACE_MAGNIFICATION = 3;
/** Pixels between a fitted picture and the edge of the stage. */
const MARGIN = 12;

/**
 * @param {{store: Store}} page
 */
export function mountZoom({ store }) {
  const viewport = find("viewport", HTMLElement);
  const level = find("zoom-level", HTMLElement);
  /** @type {Place} */
  let place = { zoom: 1, x: 0, y: 0 };
  /** Whether the face was framed and not moved since: then it stays framed in a stage of any size. */
  let framed = false;
  /** Stage pixels of a photo pixel in a fitted picture, when the place was last drawn. */
  let lastFit = 1;
  /** @type {Map<number, {x: number, y: number}>} */
  const pointers = new Map();

  /** Sizes of stage and fitted picture, pixels. */
  function measure() {
    const photo = store.get().photo ?? { width: 1, height: 1 };
    const wide = viewport.clientWidth;
    const high = viewport.clientHeight;
    const fit = Math.max(
      Math.min((wide - 2 * MARGIN) / photo.width, (high - 2 * MARGIN) / photo.height),
      0.01,
    );
    return { wide, high, fit, width: photo.width * fit, height: photo.height * fit };
  }

  function draw() {
    const { wide, high, fit, width, height } = measure();
    const zoom = Math.min(Math.max(place.zoom, 1), Math.max(1, MOST_MAGNIFICATION / fit));
    const roomX = Math.max(0, (width * zoom - wide) / 2);
    const roomY = Math.max(0, (height * zoom - high) / 2);
    place = {
      zoom,
      x: Math.min(Math.max(place.x, -roomX), roomX),
      y: Math.min(Math.max(place.y, -roomY), roomY),
    };
    viewport.style.setProperty("--picture-width", String(width * zoom));
    viewport.style.setProperty("--picture-height", String(height * zoom));
    viewport.style.setProperty("--picture-x", String((wide - width * zoom) / 2 + place.x));
    viewport.style.setProperty("--picture-y", String((high - height * zoom) / 2 + place.y));
    viewport.toggleAttribute("data-zoomed", zoom > 1);
    lastFit = fit;
    level.textContent = `${Math.round(fit * zoom * 100)} %`;
  }

  /**
   * @param {number} factor
   * @param {{x: number, y: number}} about - what stays where it is, from the stage's middle
   */
  function zoomBy(factor, about) {
    framed = false;
    const { fit } = measure();
    const zoom = Math.min(Math.max(place.zoom * factor, 1), Math.max(1, MOST_MAGNIFICATION / fit));
    const real = zoom / place.zoom;
    place = {
      zoom,
      x: about.x + (place.x - about.x) * real,
      y: about.y + (place.y - about.y) * real,
    };
    draw();
  }

  /** @param {number} x @param {number} y */
  function moveBy(x, y) {
    framed = false;
    place = { ...place, x: place.x + x, y: place.y + y };
    draw();
  }

  function fitPicture() {
    framed = false;
    place = { zoom: 1, x: 0, y: 0 };
    draw();
  }

  /** The middle of the face that is moved, from the picture's middle, photo pixels. */
  function findFace() {
    const photo = store.get().photo;
    const face = photo?.faces[photo.face];
    if (!photo || !face) return { x: 0, y: 0, height: 1 };
    const [left, top, width, height] = face.box;
    return {
      x: left + width / 2 - photo.width / 2,
      y: top + height / 2 - photo.height / 2,
      height,
    };
  }

  /** Shows the face in the middle, large enough to see it answer. */
  function frameFace() {
    const { high, fit } = measure();
    const face = findFace();
    const wanted = (FACE_SHARE * high) / (face.height * fit);
    const zoom = Math.max(1, Math.min(wanted, FACE_MAGNIFICATION / fit));
    place = { zoom, x: -face.x * fit * zoom, y: -face.y * fit * zoom };
    framed = true;
    draw();
  }

  /** Keeps what is seen where the stage has another size. */
  function resize() {
    if (framed) return frameFace();
    const { fit } = measure();
    place = { ...place, x: (place.x * fit) / lastFit, y: (place.y * fit) / lastFit };
    draw();
  }

  /** @param {number} factor */
  function zoomAboutFace(factor) {
    const { fit } = measure();
    const face = findFace();
    zoomBy(factor, { x: place.x + face.x * fit * place.zoom, y: place.y + face.y * fit * place.zoom });
  }

  /** @param {{clientX: number, clientY: number}} event */
  function locate({ clientX, clientY }) {
    const box = viewport.getBoundingClientRect();
    return {
      x: clientX - box.left - box.width / 2,
      y: clientY - box.top - box.height / 2,
    };
  }

  /** @param {PointerEvent} event */
  function pressDown(event) {
    if (event.button !== 0 || event.target instanceof HTMLInputElement) return;
    pointers.set(event.pointerId, locate(event));
    if (place.zoom > 1 || pointers.size > 1) viewport.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  function drag(event) {
    const from = pointers.get(event.pointerId);
    if (!from) return;
    const to = locate(event);
    pointers.set(event.pointerId, to);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const spread = Math.hypot(to.x - other.x, to.y - other.y);
      const before = Math.hypot(from.x - other.x, from.y - other.y);
      if (before > 0) zoomBy(spread / before, other);
    } else if (place.zoom > 1) {
      viewport.toggleAttribute("data-panning", true);
      moveBy(to.x - from.x, to.y - from.y);
    }
  }

  /** @param {PointerEvent} event */
  function letGo(event) {
    pointers.delete(event.pointerId);
    viewport.removeAttribute("data-panning");
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.target !== viewport || place.zoom === 1) return;
    const moves = /** @type {Record<string, [number, number]>} */ ({
      ArrowLeft: [PAN_STEP, 0],
      ArrowRight: [-PAN_STEP, 0],
      ArrowUp: [0, PAN_STEP],
      ArrowDown: [0, -PAN_STEP],
    });
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    moveBy(...move);
  }

  viewport.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY * WHEEL_RATE), locate(event));
    },
    { passive: false },
  );
  viewport.addEventListener("pointerdown", pressDown);
  viewport.addEventListener("pointermove", drag);
  viewport.addEventListener("pointerup", letGo);
  viewport.addEventListener("pointercancel", letGo);
  viewport.addEventListener("keydown", press);
  viewport.addEventListener("dblclick", (event) => {
    if (event.target instanceof HTMLInputElement) return;
    if (place.zoom > 1) fitPicture();
    else frameFace();
  });
  find("zoom-in", HTMLButtonElement).addEventListener("click", () => zoomAboutFace(ZOOM_STEP));
  find("zoom-out", HTMLButtonElement).addEventListener("click", () =>
    zoomAboutFace(1 / ZOOM_STEP),
  );
  find("zoom-face", HTMLButtonElement).addEventListener("click", frameFace);
  find("zoom-fit", HTMLButtonElement).addEventListener("click", fitPicture);
  new ResizeObserver(resize).observe(viewport);
  store.subscribe((state, previous) => {
    if (!state.photo || state.photo === previous.photo) return;
    const { name, width, height, faces } = state.photo;
    const before = previous.photo;
    if (name === before?.name && width === before.width && height === before.height) return draw();
    if (faces.length > 1) fitPicture(); // every face is in sight, to click one
    else frameFace();
  });

  return {
    zoomIn: () => zoomAboutFace(ZOOM_STEP),
    zoomOut: () => zoomAboutFace(1 / ZOOM_STEP),
    fit: fitPicture,
    frameFace,
  };
}
