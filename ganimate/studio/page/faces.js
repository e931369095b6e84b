/**
 * Faces of the photo: where there are several, a click on one moves it.
 *
 * @typedef {import("./session.js").Session} Session
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").Face} Face
 * @typedef {import("./types.js").Photo} Photo
 */

import { element, find } from "./elements.js";

/**
 * @param {{store: Store, session: Session}} page
 */
export function mountFaces({ store, session }) {
  const root = find("faces", HTMLElement);

  /** @param {Photo} photo @param {Face} face */
  function makeButton(photo, { index, box, usable, why }) {
    const chosen = index === photo.face;
    const button = element("button", {
      type: "button",
      class: "face-box",
      "aria-pressed": String(chosen),
      "aria-label": `Face ${index + 1}${why ? `: ${why}` : ""}`,
      title: why ?? "",
      disabled: !usable,
      click: () => session.chooseFace(index),
    });
    const shares = {
      "--box-left": box[0] / photo.width,
      "--box-top": box[1] / photo.height,
      "--box-width": box[2] / photo.width,
      "--box-height": box[3] / photo.height,
    };
    for (const [name, share] of Object.entries(shares)) {
      button.style.setProperty(name, String(share));
    }
    return button;
  }

  store.subscribe(({ photo }, previous) => {
    if (photo === previous.photo) return;
    const several = photo && photo.faces.length > 1;
    root.replaceChildren(...(several ? photo.faces.map((face) => makeButton(photo, face)) : []));
  });
}
