/**
 * What a reload of the tab keeps: the session and the work in it, in the tab's own storage.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Photo} Photo
 */

const SESSION = "ganimate.session";
const WORK = "ganimate.work";

/** Milliseconds after a change until it is written: a drag makes sixty a second. */
const WRITE_AFTER = 150;

/** Parts of the state that are kept. */
const KEPT = /** @type {const} */ ([
  "edits",
  "intensity",
  "timeline",
  "timelineName",
  "locks",
  "unfolded",
  "view",
  "measuring",
]);

/** @returns {string | null} id of the session that this tab had */
export function recallSession() {
  return sessionStorage.getItem(SESSION);
}

/** @param {string} id */
export function rememberSession(id) {
  sessionStorage.setItem(SESSION, id);
}

/**
 * The photo that work belongs to: what was set for one face is not laid onto another.
 *
 * @param {Photo} photo
 */
function identify({ name, width, height, face }) {
  return JSON.stringify([name, width, height, face]);
}

/**
 * The work that this tab had with a photo.
 *
 * @param {Photo} photo
 * @returns {Partial<State>} empty where it had none
 */
export function recallWork(photo) {
  try {
    const { of, ...work } = JSON.parse(sessionStorage.getItem(WORK) ?? "{}");
    return of === identify(photo) ? work : {};
  } catch {
    return {};
  }
}

/**
 * Writes down every change of the work.
 *
 * @param {Store} store
 */
export function persistWork(store) {
  let timer = 0;

  function write() {
    clearTimeout(timer);
    const state = store.get();
    if (!state.photo) return;
    const kept = Object.fromEntries(KEPT.map((name) => [name, state[name]]));
    try {
      sessionStorage.setItem(WORK, JSON.stringify({ of: identify(state.photo), ...kept }));
    } catch {
      sessionStorage.removeItem(WORK); // a timeline too large for it: a reload starts anew
    }
  }

  store.subscribe((state, previous) => {
    if (KEPT.every((name) => state[name] === previous[name])) return;
    clearTimeout(timer);
    timer = window.setTimeout(write, WRITE_AFTER);
  });
  window.addEventListener("pagehide", write);
}
