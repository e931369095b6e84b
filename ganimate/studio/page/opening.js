/**
 * What can be brought to the page: photos, examples, expressions to copy, videos that drive.
 *
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./session.js").About} About
 * @typedef {import("./session.js").Session} Session
 * @typedef {import("./store.js").Store} Store
 * @typedef {ReturnType<typeof mountOpening>} Opening
 *
 * @typedef {"photo" | "expression" | "driver" | "document"} Use
 * What a file is for.
 *
 * @typedef {Object} TimelineParts
 * @property {(file: File) => unknown} openDriver
 * @property {(text: string, name: string) => unknown} openDocument
 */

import { changeExpression } from "./actions.js";
import { element, find, icon } from "./elements.js";

/**
 * @param {{session: Session, store: Store, messages: Messages, timeline: TimelineParts}} page
 */
export function mountOpening({ session, store, messages, timeline }) {
  const menu = find("open-menu", HTMLElement);

  /** @param {File} file */
  async function copyExpression(file) {
    messages.dismiss();
    try {
      changeExpression(store, await session.readExpression(file));
      messages.say(`The expression of ${file.name} is copied`);
    } catch (problem) {
      messages.fail(problem);
    }
  }

  /** @type {Readonly<Record<Use, (file: File) => unknown>>} */
  const uses = {
    photo: session.openFile,
    expression: copyExpression,
    driver: timeline.openDriver,
    document: async (file) => timeline.openDocument(await file.text(), file.name),
  };

  /**
   * A button that asks for a file.
   *
   * @param {string} button - id
   * @param {string} input - id
   * @param {Use} use
   */
  function connect(button, input, use) {
    const chooser = find(input, HTMLInputElement);
    find(button, HTMLButtonElement).addEventListener("click", () => {
      menu.hidePopover();
      chooser.click();
    });
    chooser.addEventListener("change", () => {
      const file = chooser.files?.[0];
      if (file) void uses[use](file);
      chooser.value = ""; // the same file again is a change, too
    });
  }

  connect("open-photo", "photo-input", "photo");
  connect("copy-expression", "expression-input", "expression");
  connect("drive", "driver-input", "driver");
  find("welcome-open", HTMLButtonElement).addEventListener("click", () => {
    find("photo-input", HTMLInputElement).click();
  });

  return {
    /** @param {Use} use @param {File} file */
    use: (use, file) => uses[use](file),

    /** @param {About["examples"]} examples */
    showExamples(examples) {
      /** @param {string} id */
      const open = (id) => () => {
        menu.hidePopover();
        void session.openExample(id);
      };
      const items = examples.map(({ id, name }) =>
        element(
          "button",
          { type: "button", click: open(id) },
          icon("face"),
          element("span", {}, name, element("small", {}, "an example")),
        ),
      );
      const buttons = examples.map(({ id, name }) =>
        element("button", { type: "button", class: "button", "data-example": id, click: open(id) }, name),
      );
      find("open-examples", HTMLElement).replaceChildren(...items);
      find("welcome-examples", HTMLElement).replaceChildren(
        ...(examples.length ? [element("p", {}, "or try an example")] : []),
        ...buttons,
      );
    },
  };
}
