/**
 * What stands over the sliders and in the bar: Randomize, Reset, intensity, measuring, undo, redo.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./pictures.js").Pictures} Pictures
 * @typedef {import("./store.js").Store} Store
 * @typedef {ReturnType<typeof mountControls>} Controls
 */

import { changeExpression, changeIntensity, resetAll } from "./actions.js";
import { find } from "./elements.js";
import { listenToRange } from "./range.js";

/**
 * @param {{store: Store, api: Api, messages: Messages, pictures: Pictures}} page
 */
export function mountControls(page) {
  const { store, api, messages } = page;
  const undo = find("undo", HTMLButtonElement);
  const redo = find("redo", HTMLButtonElement);
  const measuring = find("measuring", HTMLInputElement);

  async function randomize() {
    try {
      const { values } = await api.get("/api/random");
      changeExpression(store, values);
    } catch (problem) {
      messages.fail(problem);
    }
  }

  find("randomize", HTMLButtonElement).addEventListener("click", randomize);
  find("reset", HTMLButtonElement).addEventListener("click", () => resetAll(store));
  undo.addEventListener("click", () => store.undo());
  redo.addEventListener("click", () => store.redo());
  measuring.addEventListener("change", () => store.set({ measuring: measuring.checked }));
  mountIntensity(page);

  store.subscribe((state, previous) => {
    undo.disabled = !store.canUndo();
    redo.disabled = !store.canRedo();
    if (state.measuring === previous.measuring) return;
    measuring.checked = state.measuring;
    document.body.toggleAttribute("data-measuring", state.measuring);
  });

  return { randomize };
}

/**
 * The slider of the whole: how much of what is set the face shows.
 *
 * @param {{store: Store, pictures: Pictures}} page
 */
function mountIntensity(page) {
  const { store } = page;
  const input = find("intensity", HTMLInputElement);
  const output = find("intensity-value", HTMLElement);
  const most = Number(input.max);
  const usual = 100 / most;
  const track = /** @type {HTMLElement} */ (input.parentElement);
  track.style.setProperty("--photo", String(usual));

  /** @param {number} intensity */
  function show(intensity) {
    const at = (intensity * 100) / most;
    const text = `${Math.round(intensity * 100)} %`;
    input.valueAsNumber = intensity * 100;
    input.setAttribute("aria-valuetext", text);
    output.textContent = text;
    track.style.setProperty("--low", String(Math.min(at, usual)));
    track.style.setProperty("--high", String(Math.max(at, usual)));
    track.toggleAttribute("data-changed", intensity !== 1);
  }

  const use = {
    set: (/** @type {number} */ percent) => changeIntensity(store, percent / 100),
    reset: () => changeIntensity(store, 1),
  };
  listenToRange(input, use, page);
  store.subscribe((state, previous) => {
    if (state.intensity !== previous.intensity) show(state.intensity);
  });
  show(store.get().intensity);
}
