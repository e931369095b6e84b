/**
 * Where the picture lies on the stage: the face framed, the photo fitted, zoomed, moved.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").Photo} Photo
 *
 * @typedef {{x: number, y: number}} Point
 * Pixels of the stage from its middle.
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
/** Share of the stage's height that a framed face has, unless it has more in a fitted photo. */
const FACE_SHARE = 0.55;
/** Stage pixels that a photo pixel may become where a face is framed: more is blurred. */
const FACE_MAGNIFICATION = 3;
/** Pixels between a fitted picture and the edge of the stage. */
const MARGIN = 12;

/**
 * @param {number} value
 * @param {number} least
 * @param {number} most
 */
function clamp(value, least, most) {
  return Math.min(Math.max(value, least), Math.max(least, most));
}

/**
 * The middle of the face that is moved, from the photo's, and its height: pixels of the photo.
 *
 * @param {Photo | null} photo
 */
function locateFace(photo) {
  const face = photo?.faces[photo.face];
  if (!photo || !face) return { x: 0, y: 0, height: 1 };
  const [left, top, width, height] = face.box;
  return {
    x: left + width / 2 - photo.width / 2,
    y: top + height / 2 - photo.height / 2,
    height,
  };
}

/** The place of the picture on the stage, which follows the size of both. */
export class Zoom {
  #store;
  #viewport = find("viewport", HTMLElement);
  #level = find("zoom-level", HTMLElement);
  /** @type {Place} */
  #place = { zoom: 1, x: 0, y: 0 };
  /** Whether the face was framed and not moved since: it stays so in a stage of any size. */
  #framed = false;
  /** Stage pixels of a photo pixel in a fitted picture, when the place was last drawn. */
  #lastFit = 1;

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    new ResizeObserver(() => this.#resize()).observe(this.#viewport);
    store.subscribe(({ photo }, previous) => {
      if (photo && photo !== previous.photo) this.#receive(photo, previous.photo);
    });
  }

  /** Whether the picture is larger than fitted. */
  isZoomed() {
    return this.#place.zoom > 1;
  }

  zoomIn() {
    this.#zoomAboutFace(ZOOM_STEP);
  }

  zoomOut() {
    this.#zoomAboutFace(1 / ZOOM_STEP);
  }

  /** Shows the whole photo. */
  fit() {
    this.#framed = false;
    this.#draw({ zoom: 1, x: 0, y: 0 });
  }

  /** Shows the face in the middle, large enough to see it answer. */
  frameFace() {
    const { high, fit } = this.#measure();
    const face = locateFace(this.#store.get().photo);
    const wanted = (FACE_SHARE * high) / (face.height * fit);
    const zoom = clamp(wanted, 1, FACE_MAGNIFICATION / fit);
    this.#framed = true;
    this.#draw({ zoom, x: -face.x * fit * zoom, y: -face.y * fit * zoom });
  }

  /**
   * @param {number} factor
   * @param {Point} about - what stays where it is
   */
  zoomBy(factor, about) {
    const { fit } = this.#measure();
    const { zoom, x, y } = this.#place;
    const next = clamp(zoom * factor, 1, MOST_MAGNIFICATION / fit);
    const ratio = next / zoom;
    this.#framed = false;
    this.#draw({
      zoom: next,
      x: about.x + (x - about.x) * ratio,
      y: about.y + (y - about.y) * ratio,
    });
  }

  /** @param {Point} step */
  moveBy({ x, y }) {
    this.#framed = false;
    this.#draw({ ...this.#place, x: this.#place.x + x, y: this.#place.y + y });
  }

  /** @param {number} factor */
  #zoomAboutFace(factor) {
    const { fit } = this.#measure();
    const face = locateFace(this.#store.get().photo);
    const { zoom, x, y } = this.#place;
    this.zoomBy(factor, { x: x + face.x * fit * zoom, y: y + face.y * fit * zoom });
  }

  /** Sizes of the stage and of the fitted picture, pixels. */
  #measure() {
    const photo = this.#store.get().photo ?? { width: 1, height: 1 };
    const { clientWidth: wide, clientHeight: high } = this.#viewport;
    const fits = [(wide - 2 * MARGIN) / photo.width, (high - 2 * MARGIN) / photo.height];
    const fit = Math.max(Math.min(...fits), 0.01);
    return { wide, high, fit, width: photo.width * fit, height: photo.height * fit };
  }

  /** @param {Place} place - is kept within what covers the stage */
  #draw({ zoom, x, y }) {
    const { wide, high, fit, width, height } = this.#measure();
    const roomX = Math.max(0, (width * zoom - wide) / 2);
    const roomY = Math.max(0, (height * zoom - high) / 2);
    this.#place = { zoom, x: clamp(x, -roomX, roomX), y: clamp(y, -roomY, roomY) };
    this.#lastFit = fit;
    const lengths = {
      "--picture-width": width * zoom,
      "--picture-height": height * zoom,
      "--picture-x": (wide - width * zoom) / 2 + this.#place.x,
      "--picture-y": (high - height * zoom) / 2 + this.#place.y,
    };
    for (const [name, length] of Object.entries(lengths)) {
      this.#viewport.style.setProperty(name, String(length));
    }
    this.#viewport.toggleAttribute("data-zoomed", zoom > 1);
    this.#level.textContent = `${Math.round(fit * zoom * 100)} %`;
  }

  /** Keeps what is seen where the stage has another size. */
  #resize() {
    if (this.#framed) return this.frameFace();
    const { fit } = this.#measure();
    const { zoom, x, y } = this.#place;
    this.#draw({ zoom, x: (x * fit) / this.#lastFit, y: (y * fit) / this.#lastFit });
  }

  /**
   * @param {Photo} photo
   * @param {Photo | null} before
   */
  #receive(photo, before) {
    const { name, width, height, faces } = photo;
    const isSame = name === before?.name && width === before.width && height === before.height;
    if (isSame) return this.#resize(); // another face of it was chosen
    if (faces.length > 1) this.fit(); // every face is in sight, to click one
    else this.frameFace();
  }
}
