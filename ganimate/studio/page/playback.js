/**
 * The playhead: a moment of the timeline on the stage, scrubbed by hand or played.
 *
 * @typedef {import("./documents.js").Description} Description
 * @typedef {import("./live.js").Live} Live
 * @typedef {import("./store.js").Store} Store
 */

import { readFrame } from "./documents.js";
import { nameView } from "./pictures.js";

/** Milliseconds without a move after which the playhead rests, and the full picture comes. */
const REST_AFTER = 180;

/** Seconds of a timeline that is not begun yet. */
const EMPTY_DURATION = 3;

/** Frames a second of a timeline that is not begun yet. */
const EMPTY_FPS = 30;

/** The playhead; it keeps the stage and the sliders at its moment. */
export class Playback {
  #store;
  #live;
  #tell;
  /** @type {Description | null} */
  #description = null;
  #at = 0;
  #running = false;
  #timer = 0;
  /** When the playhead would have been at 0, on the page's clock. */
  #began = 0;
  /** The frame that was asked for last. */
  #drawn = -1;

  /**
   * @param {{store: Store, live: Live, tell: () => void}} page - `tell` is called when the
   *     playhead moved, or playing began or ended
   */
  constructor({ store, live, tell }) {
    this.#store = store;
    this.#live = live;
    this.#tell = tell;
    store.subscribe((state, previous) => {
      if (previous.playing && !state.playing) {
        clearTimeout(this.#timer);
        this.#stop();
      }
      if (state.playing && nameView(state) !== nameView(previous)) this.#show(!this.#running);
    });
  }

  /** Seconds. */
  get at() {
    return this.#at;
  }

  get running() {
    return this.#running;
  }

  get fps() {
    return this.#description?.fps ?? EMPTY_FPS;
  }

  /** Seconds that the strip shows: there and back for pingpong. */
  get span() {
    if (!this.#description) return EMPTY_DURATION;
    const { loop, frames, duration, fps } = this.#description;
    return loop === "pingpong" ? frames / fps : duration;
  }

  /** The moment within the keys' course: on its way back, pingpong is there a second time. */
  get courseTime() {
    const { loop, duration, course_frames: course, fps } = this.#description ?? {};
    if (loop !== "pingpong" || !duration || !course || !fps || this.#at <= duration) return this.#at;
    return Math.max(0, (2 * (course - 1)) / fps - this.#at);
  }

  /** @param {Description | null} description */
  describe(description) {
    this.#description = description;
    this.#at = Math.min(this.#at, this.span);
    if (!description) this.#stop();
    if (description && this.#store.get().playing && !this.#running) this.#show(true);
    this.#tell();
  }

  /** @param {number} seconds */
  seek(seconds) {
    this.#stop();
    this.#at = Math.min(Math.max(seconds, 0), this.span);
    this.#tell();
    this.#show(false);
  }

  play() {
    if (!this.#description || this.#running) return;
    const { loop, frames } = this.#description;
    if (loop === "once" && this.#findFrame() >= frames - 1) this.#at = 0;
    this.#running = true;
    this.#drawn = -1;
    this.#began = performance.now() - this.#at * 1000;
    this.#tell();
    requestAnimationFrame((now) => this.#step(now));
  }

  pause() {
    if (!this.#running) return;
    this.#stop();
    this.#show(true);
  }

  #findFrame() {
    return Math.min(Math.round(this.#at * this.fps), (this.#description?.frames ?? 1) - 1);
  }

  /** @param {boolean} rest */
  #show(rest) {
    clearTimeout(this.#timer);
    const state = this.#store.get();
    if (!this.#description || !state.photo) return;
    this.#drawn = this.#findFrame();
    const { version } = this.#description;
    this.#live.showDocument({ at: this.#at, version, view: nameView(state), rest });
    const shown = readFrame(this.#description, state.photo, this.#drawn);
    this.#store.set({ playing: true, shown });
    if (rest || this.#running) return;
    this.#timer = window.setTimeout(() => this.#show(true), REST_AFTER);
  }

  #stop() {
    if (!this.#running) return;
    this.#running = false;
    this.#tell();
  }

  /** @param {number} now - the page's clock, milliseconds */
  #step(now) {
    if (!this.#running || !this.#description) return;
    const { loop, frames, fps } = this.#description;
    const length = frames / fps;
    this.#at = (now - this.#began) / 1000;
    if (this.#at >= length && loop === "once") {
      this.#at = this.span;
      this.#stop();
      this.#show(true);
      return;
    }
    if (this.#at >= length) {
      const rounds = Math.floor(this.#at / length);
      this.#began += rounds * length * 1000;
      this.#at -= rounds * length;
    }
    if (this.#findFrame() !== this.#drawn) this.#show(false);
    this.#tell();
    requestAnimationFrame((later) => this.#step(later));
  }
}
