/**
 * The one store of the page: an immutable state, its listeners, and the steps that undo and redo
 * go through.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Work} Work
 * @typedef {(state: State, previous: State) => void} Listener
 * @typedef {ReturnType<typeof createStore>} Store
 */

/** Steps that can be undone; more only takes memory. */
const MOST_STEPS = 300;

/** @type {State} */
export const EMPTY_STATE = Object.freeze({
  edits: {},
  intensity: 1,
  timeline: null,
  timelineName: "",
  photo: null,
  locks: [],
  unfolded: [],
  view: "result",
  measuring: false,
  measured: null,
  playing: false,
  shown: null,
});

/**
 * The part of a state that undo and redo step through.
 *
 * @param {State} state
 * @returns {Work}
 */
function pickWork({ edits, intensity, timeline }) {
  return { edits, intensity, timeline };
}

/**
 * @param {State} initial
 */
export function createStore(initial) {
  let state = Object.freeze({ ...initial });
  /** @type {Set<Listener>} */
  const listeners = new Set();
  /** @type {Work[]} */
  let past = [];
  /** @type {Work[]} */
  let future = [];
  /** The gesture whose edits are one step; null between gestures. @type {string | null} */
  let open = null;

  /** @param {Partial<State>} patch */
  function replace(patch) {
    const previous = state;
    state = Object.freeze({ ...state, ...patch });
    for (const listener of [...listeners]) listener(state, previous);
  }

  return {
    /** The state now; frozen. */
    get: () => state,

    /**
     * Calls a function after every change.
     *
     * @param {Listener} listener
     * @returns {() => void} stops it
     */
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    /**
     * Changes how things are shown: no step of undo.
     *
     * @param {Partial<State>} patch
     */
    set(patch) {
      replace(patch);
    },

    /**
     * Changes the work: a step of undo.
     *
     * @param {Partial<Work>} patch
     * @param {{gesture?: string}} [options] edits of one gesture are one step, until settle()
     */
    edit(patch, { gesture } = {}) {
      if (gesture === undefined || gesture !== open) {
        past = [...past, pickWork(state)].slice(-MOST_STEPS);
      }
      future = [];
      open = gesture ?? null;
      replace(patch);
    },

    /** Ends a gesture: the next edit is a step of its own. */
    settle() {
      open = null;
    },

    undo() {
      const work = past.at(-1);
      if (!work) return;
      past = past.slice(0, -1);
      future = [...future, pickWork(state)];
      open = null;
      replace(work);
    },

    redo() {
      const work = future.at(-1);
      if (!work) return;
      future = future.slice(0, -1);
      past = [...past, pickWork(state)];
      open = null;
      replace(work);
    },

    canUndo: () => past.length > 0,
    canRedo: () => future.length > 0,

    /**
     * Starts over with another photo or face: nothing before it can be undone.
     *
     * @param {Partial<State>} patch
     */
    restart(patch) {
      past = [];
      future = [];
      open = null;
      replace({
        ...pickWork(EMPTY_STATE),
        timelineName: "",
        measured: null,
        playing: false,
        shown: null,
        ...patch,
      });
    },
  };
}
