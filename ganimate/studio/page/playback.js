/**
 * The playhead: a moment of the timeline on the stage, scrubbed by hand or played.
 *
 * @typedef {import("./documents.js").Description} Description
 * @typedef {import("./live.js").Live} Live
 * @typedef {import("./store.js").Store} Store
 * @typedef {ReturnType<typeof createPlayback>} Playback
 */

import { readFrame } from "./documents.js";
import { nameView } from "./pictures.js";

/** Milliseconds without a move after which the playhead rests, and the full picture comes. */
const REST_AFTER = 180;

/** Seconds of a timeline that is not begun yet. */
export const EMPTY_DURATION = 3;

/** Frames a second of a timeline that is not begun yet. */
const EMPTY_FPS = 30;

/**
 * @param {{store: Store, live: Live, tell: () => void}} page - `tell` is called when the playhead
 *     moved, or playing began or ended
 */
export function createPlayback({ store, live, tell }) {
  /** @type {Description | null} */
  let description = null;
  let at = 0;
  let running = false;
  let timer = 0;
  /** When the playhead would have been at 0, on the page's clock. */
  let began = 0;
  let drawn = -1;

  const fps = () => description?.fps ?? EMPTY_FPS;

  /** Seconds that the strip shows: there and back for pingpong. */
  function span() {
    if (!description) return EMPTY_DURATION;
    const { loop, frames, duration } = description;
    return loop === "pingpong" ? frames / description.fps : duration;
  }

  function findFrame() {
    return Math.min(Math.round(at * fps()), (description?.frames ?? 1) - 1);
  }

  /** @param {boolean} rest */
  function show(rest) {
    clearTimeout(timer);
    const state = store.get();
    if (!description || !state.photo) return;
    drawn = findFrame();
    live.showDocument({ at, version: description.version, view: nameView(state), rest });
    store.set({ playing: true, shown: readFrame(description, state.photo, drawn) });
    if (!rest && !running) timer = window.setTimeout(() => show(true), REST_AFTER);
  }

  function stop() {
    if (!running) return;
    running = false;
    tell();
  }

  /** @param {number} now - the page's clock, milliseconds */
  function step(now) {
    if (!running || !description) return stop();
    const length = description.frames / description.fps;
    at = (now - began) / 1000;
    if (at >= length && description.loop === "once") {
      at = span();
      stop();
      tell();
      return show(true);
    }
    if (at >= length) {
      began += length * 1000;
      at -= length;
    }
    if (findFrame() !== drawn) show(false);
    tell();
    requestAnimationFrame(step);
  }

  store.subscribe((state, previous) => {
    if (previous.playing && !state.playing) {
      clearTimeout(timer);
      stop();
    }
    if (state.playing && nameView(state) !== nameView(previous)) show(!running);
  });

  return {
    at: () => at,
    span,
    fps,
    running: () => running,

    /**
     * The moment within the keys' course: on its way back, pingpong is there a second time.
     */
    courseTime() {
      if (!description || description.loop !== "pingpong" || at <= description.duration) return at;
      return Math.max(0, (2 * (description.course_frames - 1)) / description.fps - at);
    },

    /** @param {Description | null} next */
    describe(next) {
      description = next;
      at = Math.min(at, span());
      if (!next) stop();
      if (next && store.get().playing && !running) show(true);
      tell();
    },

    /** @param {number} seconds */
    seek(seconds) {
      stop();
      at = Math.min(Math.max(seconds, 0), span());
      tell();
      show(false);
    },

    play() {
      if (!description || running) return;
      if (description.loop === "once" && findFrame() >= description.frames - 1) at = 0;
      running = true;
      drawn = -1;
      began = performance.now() - at * 1000;
      tell();
      requestAnimationFrame(step);
    },

    pause() {
      if (!running) return;
      stop();
      show(true);
    },
  };
}
