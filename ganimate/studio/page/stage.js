/**
 * The stage: draws the pictures that come, and says what is seen.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./live.js").Live} Live
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").State} State
 */

import { element, find } from "./elements.js";

/** What each view shows, in a line; the result needs none. */
const CAPTIONS = Object.freeze({
  result: "",
  compare: "",
  attention: "Attention: where it is dark, the generator paints; where it is white, the warped photo stays",
  colour: "Colour: what the generator paints",
  mesh: "Mesh: the triangles that carry the photo’s pixels",
});

/**
 * @param {{live: Live, store: Store, api: Api}} page
 */
export function mountStage({ live, store, api }) {
  const canvas = find("after", HTMLCanvasElement);
  const caption = find("caption", HTMLElement);
  const before = find("before", HTMLImageElement);
  const viewport = find("viewport", HTMLElement);
  const pen = canvas.getContext("2d", { alpha: false });
  let pictures = 0;
  let shown = { id: 0, rest: false };

  /** Says whether the full picture of the newest request is still to come. */
  function tellBusy() {
    const busy = !shown.rest || shown.id !== live.newest();
    viewport.setAttribute("aria-busy", String(busy));
    document.body.toggleAttribute("data-busy", busy);
  }

  live.onFrame(({ id, rest, cost, bitmap }) => {
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
    }
    pen?.drawImage(bitmap, 0, 0);
    bitmap.close();
    pictures += 1;
    shown = { id, rest };
    tellBusy();
    // What tests and benchmarks read: which request is on the stage, and whether in full.
    canvas.dataset.request = String(id);
    canvas.dataset.rest = String(rest);
    canvas.dataset.cost = String(cost);
    canvas.dataset.pictures = String(pictures);
  });

  store.subscribe((state, previous) => {
    tellBusy();
    if (state.photo !== previous.photo) {
      if (state.photo) before.src = api.url("/api/sessions/{session}/photo");
      describe(state);
    }
    if (state.view !== previous.view) caption.textContent = CAPTIONS[state.view];
  });

  /** @param {State} state */
  function describe({ photo, view }) {
    const file = photo?.name.split(/[\\/]/).at(-1) ?? "";
    const size = photo ? ` ${photo.width} × ${photo.height}` : "";
    find("photo-name", HTMLElement).replaceChildren(
      ...(photo ? [element("strong", {}, file), size] : []),
    );
    document.title = photo ? `${file} – ganimate studio` : "ganimate studio";
    caption.textContent = CAPTIONS[view];
  }
}
