/**
 * What a state asks the face to show.
 *
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Photo} Photo
 * @typedef {import("./types.js").Channel} Channel
 * @typedef {import("./types.js").Values} Values
 *
 * @typedef {Object} Leaf
 * @property {string} id - of a channel without sides, or of one side
 * @property {Channel} channel
 * @property {number} value - what the photo shows
 */

/** Decimals of a value: a thousandth of an intensity cannot be seen. */
const DECIMALS = 4;

/**
 * The channels as the server knows them: each side is one.
 *
 * @param {Photo} photo
 * @returns {Leaf[]}
 */
export function listLeaves(photo) {
  return photo.channels.flatMap(listLeavesOf);
}

/**
 * @param {Channel} channel
 * @returns {Leaf[]}
 */
export function listLeavesOf(channel) {
  const ends = channel.sides.length ? channel.sides : [channel];
  return ends.map(({ id, measured }) => ({ id, channel, value: measured }));
}

/**
 * @param {number} value
 * @param {Channel} channel
 */
export function limit(value, channel) {
  const rounded = Number(value.toFixed(DECIMALS));
  return Math.min(channel.max, Math.max(channel.min, rounded));
}

/**
 * What the face shows with the intensity of the whole, for every channel.
 *
 * @param {State} state
 * @returns {Values}
 */
export function showValues(state) {
  if (!state.photo) return {};
  const values = /** @type {Record<string, number>} */ ({});
  for (const { id, channel, value } of listLeaves(state.photo)) {
    const asked = state.edits[id];
    values[id] =
      asked === undefined ? value : limit(value + state.intensity * (asked - value), channel);
  }
  return values;
}

/**
 * The values that differ from the photo: none of them, and the picture is the photo.
 *
 * @param {State} state
 * @returns {Values}
 */
export function listChanges(state) {
  if (!state.photo) return {};
  const values = showValues(state);
  const changed = listLeaves(state.photo).filter(({ id, value }) => values[id] !== value);
  return Object.fromEntries(changed.map(({ id }) => [id, values[id]]));
}

/**
 * Edits with other values for one channel.
 *
 * @param {Values} edits
 * @param {ReadonlyArray<Leaf>} leaves - what to change
 * @param {number | null} value - null is the photo's
 * @returns {Values}
 */
export function setLeaves(edits, leaves, value) {
  const next = /** @type {Record<string, number>} */ ({ ...edits });
  for (const { id, channel } of leaves) {
    if (value === null) delete next[id];
    else next[id] = limit(value, channel);
  }
  return next;
}

/**
 * Edits with another expression for the whole face: every action unit that is not locked takes
 * its value there, or the photo's. The head stays as it is.
 *
 * @param {State} state
 * @param {Values} expression - ids of channels or of sides -> values
 * @returns {Values}
 */
export function replaceExpression(state, expression) {
  if (!state.photo) return state.edits;
  const edits = /** @type {Record<string, number>} */ ({ ...state.edits });
  for (const { id, channel } of listLeaves(state.photo)) {
    if (!channel.number || state.locks.includes(channel.id)) continue;
    const value = expression[id] ?? expression[channel.id];
    if (value === undefined) delete edits[id];
    else edits[id] = limit(value, channel);
  }
  return edits;
}

/**
 * A value as people read it: ".08", "1", "−12°".
 *
 * @param {number} value
 * @param {Channel} channel
 */
export function format(value, channel) {
  const decimals = Math.max(0, Math.round(-Math.log10(channel.step)));
  const text = Math.abs(value).toFixed(decimals);
  const sign = value < 0 && Number(text) !== 0 ? "\u2212" : "";
  return `${sign}${text}${channel.unit === "degrees" ? "\u00b0" : ""}`;
}
