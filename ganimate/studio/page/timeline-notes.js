/**
 * What the file says otherwise than the page: another photo's name, another face.
 *
 * @typedef {import("./documents.js").Description} Description
 */

import { element } from "./elements.js";

/**
 * @param {(name: string, value: unknown) => unknown} set - writes a field of the document
 */
export function makeNotes(set) {
  const root = element("div", { class: "timeline-notes", hidden: true });

  /** @param {string} sentence @param {string} remedy @param {string} name @param {unknown} value */
  function makeNote(sentence, remedy, name, value) {
    return element(
      "p",
      {},
      element("span", {}, sentence),
      element("button", { type: "button", class: "button", click: () => set(name, value) }, remedy),
    );
  }

  return {
    root,

    /** @param {Description | null} description */
    draw(description) {
      const { photo, face } = description?.differs ?? {};
      const notes = [];
      if (photo !== undefined) {
        notes.push(makeNote(`The file names another photo than ${photo}, which the page shows.`, `Name ${photo}`, "photo", photo));
      }
      if (face !== undefined) {
        notes.push(makeNote("The file moves another face than the page.", "Move this face", "face", face || "largest"));
      }
      root.hidden = !notes.length;
      root.replaceChildren(...notes);
    },
  };
}
