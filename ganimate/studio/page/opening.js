/**
 * What can be brought to the page: photos, examples, expressions to copy, videos that drive.
 *
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./session.js").About} About
 * @typedef {import("./session.js").Session} Session
 * @typedef {import("./store.js").Store} Store
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

/** @type {ReadonlyArray<[id: string, use: Use]>} */
const INPUTS = [
  ["photo-input", "photo"],
  ["expression-input", "expression"],
  ["driver-input", "driver"],
];

/** Ways in: the menu, the welcome, and files that are dropped. */
export class Opening {
  #session;
  #store;
  #messages;
  #timeline;
  #menu = find("open-menu", HTMLElement);

  /**
   * @param {{session: Session, store: Store, messages: Messages, timeline: TimelineParts}} page
   */
  constructor({ session, store, messages, timeline }) {
    this.#session = session;
    this.#store = store;
    this.#messages = messages;
    this.#timeline = timeline;
    this.#connect("open-photo", "photo-input");
    this.#connect("welcome-open", "photo-input");
    this.#connect("copy-expression", "expression-input");
    this.#connect("drive", "driver-input");
    for (const [id, use] of INPUTS) {
      const input = find(id, HTMLInputElement);
      input.addEventListener("change", () => {
        const file = input.files?.[0];
        if (file) void this.use(use, file);
        input.value = ""; // the same file again is a change, too
      });
    }
  }

  /**
   * @param {Use} use
   * @param {File} file
   */
  async use(use, file) {
    if (use === "photo") await this.#session.openFile(file);
    else if (use === "expression") await this.#copyExpression(file);
    else if (use === "driver") await this.#timeline.openDriver(file);
    else await this.#timeline.openDocument(await file.text(), file.name);
  }

  /** @param {About["examples"]} examples */
  showExamples(examples) {
    /** @param {string} id */
    const open = (id) => () => {
      this.#menu.hidePopover();
      void this.#session.openExample(id);
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
      element("button", { type: "button", class: "button", click: open(id) }, name),
    );
    find("open-examples", HTMLElement).replaceChildren(...items);
    if (!examples.length) return;
    find("welcome-examples", HTMLElement).replaceChildren(
      element("p", {}, "or try an example"),
      ...buttons,
    );
  }

  /**
   * Lets a button ask for a file.
   *
   * @param {string} button - id
   * @param {string} input - id
   */
  #connect(button, input) {
    find(button, HTMLButtonElement).addEventListener("click", () => {
      this.#menu.hidePopover();
      find(input, HTMLInputElement).click();
    });
  }

  /** @param {File} file */
  async #copyExpression(file) {
    this.#messages.dismiss();
    try {
      changeExpression(this.#store, await this.#session.readExpression(file));
      this.#messages.say(`The expression of ${file.name} is copied`);
    } catch (problem) {
      this.#messages.fail(problem);
    }
  }
}
