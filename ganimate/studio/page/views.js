/**
 * Which picture the stage shows: a row of choices, the wipe between photo and result, and the
 * photo itself for as long as a key is held.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").View} View
 */

import { element, find } from "./elements.js";

/** @type {ReadonlyArray<{view: View, name: string}>} */
export const VIEWS = [
  { view: "result", name: "Result" },
  { view: "compare", name: "Compare" },
  { view: "attention", name: "Attention" },
  { view: "colour", name: "Colour" },
  { view: "mesh", name: "Mesh" },
];

/** Pixels of the wipe's thumb, as stage.css has it. */
const WIPE_THUMB = 32;

/**
 * @param {{store: Store}} page
 */
export function mountViews({ store }) {
  const clip = find("before-clip", HTMLElement);
  const wipe = find("wipe", HTMLInputElement);
  const inputs = VIEWS.map(({ view, name }) => {
    const id = `view-${view}`;
    const input = element("input", {
      type: "radio",
      name: "view",
      id,
      value: view,
      change: () => store.set({ view }),
    });
    find("views", HTMLFieldSetElement).append(input, element("label", { for: id }, name));
    return input;
  });

  function placeWipe() {
    const share = Number(wipe.value) / 100;
    const at = `calc(${WIPE_THUMB / 2}px + ${share} * (100% - ${WIPE_THUMB}px))`;
    clip.style.setProperty("--wipe-at", at);
    wipe.setAttribute("aria-valuetext", `${Math.round(share * 100)} % photo`);
  }

  function show() {
    const { view } = store.get();
    for (const input of inputs) input.checked = input.value === view;
    wipe.hidden = view !== "compare";
    const peeking = clip.hasAttribute("data-whole");
    clip.hidden = view !== "compare" && !peeking;
    find("before-label", HTMLElement).hidden = clip.hidden;
    find("after-label", HTMLElement).hidden = view !== "compare" || peeking;
  }

  wipe.addEventListener("input", placeWipe);
  store.subscribe((state, previous) => state.view !== previous.view && show());
  placeWipe();
  show();

  return {
    /** @param {boolean} held - whether the photo covers the result */
    peek(held) {
      clip.toggleAttribute("data-whole", held);
      show();
    },
  };
}
