/**
 * The one store of the page: an immutable state, its listeners, and the steps that undo and redo
 * go through.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Work} Work
 * @typedef {(state: State, previous: State) => void} Listener
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

/** The state, who listens to it, and what can be undone. */
export class Store {
  /** @type {State} */
  #state = EMPTY_STATE;
  /** @type {Set<Listener>} */
  #listeners = new Set();
  /** @type {Work[]} */
  #past = [];
  /** @type {Work[]} */
  #future = [];
  /** The gesture whose edits are one step; null between gestures. @type {string | null} */
  #gesture = null;

  /** The state now; frozen. */
  get() {
    return this.#state;
  }

  /**
   * Calls a function after every change.
   *
   * @param {Listener} listener
   * @returns {() => void} stops it
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Changes how things are shown: no step of undo.
   *
   * @param {Partial<State>} patch
   */
  set(patch) {
    const previous = this.#state;
    this.#state = Object.freeze({ ...previous, ...patch });
    for (const listener of [...this.#listeners]) listener(this.#state, previous);
  }

  /**
   * Changes the work: a step of undo.
   *
   * @param {Partial<Work>} patch
   * @param {{gesture?: string}} [options] edits of one gesture are one step, until settle()
   */
  edit(patch, { gesture } = {}) {
    if (gesture === undefined || gesture !== this.#gesture) {
      this.#past = [...this.#past, pickWork(this.#state)].slice(-MOST_STEPS);
    }
    this.#future = [];
    this.#gesture = gesture ?? null;
    this.set(patch);
  }

  /** Ends a gesture: the next edit is a step of its own. */
  settle() {
    this.#gesture = null;
  }

  undo() {
    const work = this.#past.pop();
    if (work) this.#step(work, this.#future);
  }

  redo() {
    const work = this.#future.pop();
    if (work) this.#step(work, this.#past);
  }

  /**
   * @param {Work} work - what to go to
   * @param {Work[]} back - where the way back is kept
   */
  #step(work, back) {
    back.push(pickWork(this.#state));
    this.#gesture = null;
    this.set(work);
  }

  canUndo() {
    return this.#past.length > 0;
  }

  canRedo() {
    return this.#future.length > 0;
  }

  /**
   * Starts over with another photo or face: nothing before it can be undone.
   *
   * @param {Partial<State>} patch
   */
  restart(patch) {
    this.#past = [];
    this.#future = [];
    this.#gesture = null;
    const { timelineName, measured, playing, shown } = EMPTY_STATE;
    this.set({ ...pickWork(EMPTY_STATE), timelineName, measured, playing, shown, ...patch });
  }
}
