/**
 * Changes of a timeline's document. Each gives another document, in which nothing else changes:
 * notes, shares of the duration and the order of entries stay as their author wrote them.
 *
 * @typedef {Readonly<Record<string, any>>} Document
 * What stands in a keys.json.
 *
 * @typedef {Object} Key
 * @property {number} t - seconds
 * @property {number} hold - seconds
 * @property {string | number[] | null} ease - null where its entries differ
 * @property {ReadonlyArray<[string, number]>} places - lists and indices of its entries
 *
 * @typedef {Object} Curve
 * @property {string} id - of a channel
 * @property {string} number
 * @property {string} name
 * @property {string} group
 * @property {"both" | "left" | "right"} side
 * @property {number} low
 * @property {number} high
 * @property {ReadonlyArray<number>} values - at the description's times
 * @property {ReadonlyArray<number>} marks - seconds at which it is set
 *
 * @typedef {Object} Description
 * @property {number} fps
 * @property {number} frames - of the clip
 * @property {number} course_frames - of one course; pingpong plays nearly twice as many
 * @property {number} duration - seconds of the course
 * @property {"once" | "pingpong" | "seamless"} loop
 * @property {boolean} blink
 * @property {number} seed
 * @property {number | null} size
 * @property {ReadonlyArray<Key>} keys
 * @property {ReadonlyArray<number>} times - seconds
 * @property {ReadonlyArray<Curve>} curves
 * @property {ReadonlyArray<number> | null} blinks
 * @property {number} version
 * @property {Readonly<Record<string, string>>} commands - by suffix
 * @property {{photo?: string, face?: number}} differs - what the page shows and the file does not name
 */

/** Parts of a document of which it has to have one. */
const PARTS = ["keys", "tracks", "head", "blink"];

/** Times are written in thousandths of a second. */
const DECIMALS = 3;

/** @param {number} seconds */
export function roundTime(seconds) {
  return Number(seconds.toFixed(DECIMALS));
}

/**
 * A copy of a document to be changed.
 *
 * @param {Document} document
 * @returns {Record<string, any>}
 */
function copy(document) {
  return structuredClone(document);
}

/**
 * @param {Document} document
 * @param {Key} key
 * @param {(entry: Record<string, any>) => void} change
 */
function changeEntries(document, key, change) {
  const next = copy(document);
  for (const [list, index] of key.places) change(next[list][index]);
  return next;
}

/**
 * @param {Document} document
 * @param {Key} key
 * @param {number} t - seconds
 * @returns {Document}
 */
export function moveKey(document, key, t) {
  return changeEntries(document, key, (entry) => {
    entry.t = roundTime(t);
  });
}

/**
 * @param {Document} document
 * @param {Key} key
 * @param {string} ease - by its name
 * @returns {Document}
 */
export function easeKey(document, key, ease) {
  return changeEntries(document, key, (entry) => {
    if (ease === "smooth") delete entry.ease;
    else entry.ease = ease;
  });
}

/**
 * @param {Document} document
 * @param {Key} key
 * @param {number} hold - seconds; 0 is none
 * @returns {Document}
 */
export function holdKey(document, key, hold) {
  return changeEntries(document, key, (entry) => {
    if (hold > 0) entry.hold = roundTime(hold);
    else delete entry.hold;
  });
}

/**
 * @param {Document} document
 * @param {Key} key
 * @param {number} duration - seconds of the document, which stay
 * @returns {Document}
 */
export function deleteKey(document, key, duration) {
  const next = copy(document);
  for (const [list, index] of key.places) next[list][index] = null;
  for (const list of ["keys", "head"]) {
    if (!next[list]) continue;
    next[list] = next[list].filter((/** @type {unknown} */ entry) => entry !== null);
    if (!next[list].length) delete next[list];
  }
  next.duration ??= duration;
  if (!PARTS.some((part) => part in next)) next.blink = "none";
  return next;
}

/**
 * @param {Document} document
 * @param {string} name
 * @param {unknown} value - undefined takes the name away
 * @returns {Document}
 */
export function setField(document, name, value) {
  const next = copy(document);
  if (value === undefined) delete next[name];
  else next[name] = value;
  return next;
}

/**
 * What the face shows in a frame, without blinks.
 *
 * @param {Description} description
 * @param {import("./types.js").Photo} photo
 * @param {number} frame
 * @returns {import("./types.js").Values}
 */
export function readFrame(description, photo, frame) {
  const last = description.times.length - 1;
  const place = description.frames > 1 ? (frame / (description.frames - 1)) * last : 0;
  const before = Math.min(Math.floor(place), last);
  const after = Math.min(before + 1, last);
  const share = place - before;
  /** @type {Record<string, number>} */
  const values = {};
  for (const { id, side, values: curve } of description.curves) {
    const sides = photo.channels.find((channel) => channel.id === id)?.sides ?? [];
    const value = curve[before] + share * (curve[after] - curve[before]);
    if (!sides.length) values[id] = value;
    for (const one of sides) if (side === "both" || side === one.side) values[one.id] = value;
  }
  return values;
}
