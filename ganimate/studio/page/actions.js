/**
 * What changes the work in one step of undo, and takes over from a timeline that plays.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Values} Values
 * @typedef {import("./types.js").Work} Work
 */

import { listLeaves, replaceExpression } from "./expression.js";

/**
 * The work with other edits. Where a timeline is played, the sliders take over from the frame on
 * the stage, and it stops.
 *
 * @param {Store} store
 * @param {(edits: Values) => Values} change
 * @param {{gesture?: string}} [options] - of store.edit()
 */
export function changeEdits(store, change, options) {
  const state = store.get();
  if (!state.playing) return store.edit({ edits: change(state.edits) }, options);
  store.edit({ edits: change(takeShown(state)), intensity: 1 }, options);
  store.set({ playing: false, shown: null });
}

/**
 * Edits that show what a timeline shows.
 *
 * @param {State} state
 * @returns {Values}
 */
function takeShown({ photo, shown }) {
  const leaves = photo && shown ? listLeaves(photo) : [];
  const moved = leaves.filter(({ id, value }) => shown && (shown[id] ?? value) !== value);
  return Object.fromEntries(moved.map(({ id }) => [id, shown?.[id] ?? 0]));
}

/**
 * Gives the face another expression at full intensity; locks and the head stay.
 *
 * @param {Store} store
 * @param {Values} values - ids of channels or of sides; what is absent is the photo's
 */
export function changeExpression(store, values) {
  const options = { gesture: "expression" };
  store.settle();
  changeEdits(store, (edits) => replaceExpression({ ...store.get(), edits }, values), options);
  store.edit({ intensity: 1 }, options);
  store.settle();
}

/**
 * How much of what is set the face shows.
 *
 * @param {Store} store
 * @param {number} intensity - 1 is as it was set
 */
export function changeIntensity(store, intensity) {
  const options = { gesture: "intensity" };
  if (store.get().playing) changeEdits(store, (edits) => edits, options);
  store.edit({ intensity }, options);
}

/**
 * Brings the photo back.
 *
 * @param {Store} store
 */
export function resetAll(store) {
  store.edit({ edits: {}, intensity: 1 });
  if (store.get().playing) store.set({ playing: false, shown: null });
}
