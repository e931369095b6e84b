/**
 * Expressions with a name, as buttons with small pictures of the face that is open.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").Photo} Photo
 * @typedef {import("./types.js").Preset} Preset
 * @typedef {import("./types.js").State} State
 */

import { element, find } from "./elements.js";
import { replaceExpression } from "./expression.js";
import { changeExpression } from "./actions.js";

/** Values nearer than this are the same: less than a step of any slider. */
const SAME = 0.001;

/**
 * Whether the sliders stand at a preset.
 *
 * @param {State} state
 * @param {Preset} preset
 */
function isShown(state, preset) {
  if (state.playing) return false;
  const wanted = replaceExpression({ ...state, locks: [], edits: {} }, preset.values);
  const ids = new Set([...Object.keys(wanted), ...Object.keys(state.edits)]);
  return [...ids].every(
    (id) => id in wanted && id in state.edits && Math.abs(wanted[id] - state.edits[id]) < SAME,
  );
}

/**
 * @param {{store: Store, api: Api}} page
 */
export function mountPresets({ store, api }) {
  const root = find("presets", HTMLElement);
  /** @type {{preset: Preset, button: HTMLButtonElement}[]} */
  let buttons = [];

  /** @param {Preset} preset */
  function makeButton(preset) {
    const picture = element("img", {
      alt: "",
      width: 54,
      height: 54,
      loading: "lazy",
      draggable: "false",
      src: api.url(`/api/sessions/{session}/presets/${encodeURIComponent(preset.id)}`),
    });
    return element(
      "button",
      {
        type: "button",
        class: "preset",
        title: preset.description,
        "data-preset": preset.id,
        click: () => changeExpression(store, preset.values),
      },
      picture,
      preset.name,
    );
  }

  store.subscribe((state, previous) => {
    if (state.photo !== previous.photo) {
      const presets = state.photo?.presets ?? [];
      buttons = presets.map((preset) => ({ preset, button: makeButton(preset) }));
      root.replaceChildren(...buttons.map(({ button }) => button));
    }
    const isSame = state.edits === previous.edits && state.playing === previous.playing;
    if (isSame && state.photo === previous.photo) return;
    for (const { preset, button } of buttons) {
      button.setAttribute("aria-pressed", String(isShown(state, preset)));
    }
  });
}
