/**
 * Keeps the picture in step with the sliders: small pictures while something moves, the full one
 * when the hand rests.
 *
 * @typedef {import("./live.js").Live} Live
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").State} State
 * @typedef {ReturnType<typeof followState>} Pictures
 */

import { listChanges } from "./expression.js";

/** Milliseconds without a change after which the hand rests. */
const REST_AFTER = 220;

/**
 * The name under which the server draws a view: before and after are both results.
 *
 * @param {State} state
 */
export function nameView({ view }) {
  return view === "compare" ? "result" : view;
}

/**
 * @param {{live: Live, store: Store}} page
 */
export function followState({ live, store }) {
  let timer = 0;

  /** @param {boolean} rest */
  function ask(rest) {
    clearTimeout(timer);
    const state = store.get();
    if (!state.photo || state.playing) return;
    live.show({ values: listChanges(state), view: nameView(state), rest });
    if (!rest) timer = window.setTimeout(() => ask(true), REST_AFTER);
  }

  store.subscribe((state, previous) => {
    if (state.photo !== previous.photo || nameView(state) !== nameView(previous)) return ask(true);
    const moved = state.edits !== previous.edits || state.intensity !== previous.intensity;
    if (moved || (previous.playing && !state.playing)) ask(false);
  });

  live.onMessage("measured", ({ id, measured }) => {
    if (id === live.newest()) store.set({ measured });
  });

  return {
    /** Asks for the full picture at once: the hand has let go. */
    rest: () => ask(true),
  };
}
