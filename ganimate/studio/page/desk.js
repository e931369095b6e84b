/**
 * The desk: the document of the timeline, and what the server says of it. Changes wait for each
 * other, and become the work only when the server finds them right.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./documents.js").Description} Description
 * @typedef {import("./documents.js").Document} Document
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").Values} Values
 */

const PATH = "/api/sessions/{session}/timeline";

/** The document, and what is done with it. */
export class Desk {
  /** What the server says of the document; null where there is none. @type {Description | null} */
  description = null;
  #store;
  #api;
  #messages;
  #redraw;
  /** The document that the description is of. @type {Document | null} */
  #described = null;
  /** Number of the newest question: older answers are not looked at. */
  #turn = 0;
  #waiting = 0;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * @param {{store: Store, api: Api, messages: Messages, redraw: () => void}} page - `redraw` is
   *     called when there is another description
   */
  constructor({ store, api, messages, redraw }) {
    this.#store = store;
    this.#api = api;
    this.#messages = messages;
    this.#redraw = redraw;
    store.subscribe((state, previous) => {
      const isOther = state.timeline !== previous.timeline && state.timeline !== this.#described;
      if (isOther || (state.photo && state.photo !== previous.photo)) void this.#follow();
    });
  }

  /** Whether a change waits for the server. */
  get busy() {
    return this.#waiting > 0;
  }

  /**
   * Changes the document, in one step of undo.
   *
   * @param {(document: Document) => Document} how
   * @returns {Promise<boolean>} whether the server found it right
   */
  change(how) {
    return this.#queue(async () => {
      const { timeline } = this.#store.get();
      return timeline ? this.#commit(how(timeline)) : false;
    });
  }

  /**
   * Puts a key into the document, or begins one.
   *
   * @param {number} at - seconds
   * @param {Values} values - what differs from the photo
   * @returns {Promise<boolean>}
   */
  addKey(at, values) {
    return this.#queue(async () => {
      const body = { document: this.#store.get().timeline, at, values };
      const { document: made } = await this.#api.post(`${PATH}/key`, body);
      return this.#commit(made);
    });
  }

  /**
   * Takes over a whole document.
   *
   * @param {Document} document
   * @param {string} name - of its file
   * @param {string} [text] - as it was written
   * @returns {Promise<boolean>}
   */
  take(document, name, text) {
    return this.#queue(async () => {
      const before = this.#store.get().timelineName;
      this.#store.set({ timelineName: name });
      const done = await this.#commit(document, text);
      if (!done) this.#store.set({ timelineName: before });
      return done;
    });
  }

  /**
   * Opens the text of a file. The text itself is what the server checks: JSON.parse forgets names
   * that are given twice.
   *
   * @param {string} text
   * @param {string} name - of the file
   * @returns {Promise<boolean>}
   */
  async open(text, name) {
    let document;
    try {
      document = JSON.parse(text);
    } catch {
      return this.#queue(() => this.#ask(name, new Blob([text])).then(() => false));
    }
    return this.take(document, name, text);
  }

  /** The text of the document as a file. @returns {Promise<string>} */
  async write() {
    const { text } = await this.#api.post(`${PATH}/text`, this.#store.get().timeline);
    return text;
  }

  /**
   * Does something when all that was begun before it is done, and tells what goes wrong.
   *
   * @param {() => Promise<boolean>} act
   * @returns {Promise<boolean>}
   */
  #queue(act) {
    this.#waiting += 1;
    const done = this.#last.then(act).catch((problem) => {
      this.#messages.fail(problem);
      this.#redraw();
      return false;
    });
    this.#last = done.finally(() => {
      this.#waiting -= 1;
    });
    return done;
  }

  /** @param {string} name @param {unknown} body @returns {Promise<Description>} */
  #ask(name, body) {
    return this.#api.post(`${PATH}?name=${encodeURIComponent(name)}`, body);
  }

  /**
   * Has a document described by the server, which shows its frames from then on.
   *
   * @param {Document | null} timeline
   * @param {string} [text] - as it was written
   */
  async #describe(timeline, text) {
    this.#turn += 1;
    const turn = this.#turn;
    const body = text === undefined ? timeline : new Blob([text]);
    const answer = timeline ? await this.#ask(this.#store.get().timelineName, body) : null;
    if (turn !== this.#turn) return false;
    this.description = answer;
    this.#described = timeline;
    return true;
  }

  /** @param {Document} timeline @param {string} [text] */
  async #commit(timeline, text) {
    this.#messages.dismiss();
    if (!(await this.#describe(timeline, text))) return false;
    this.#store.edit({ timeline });
    this.#redraw();
    return true;
  }

  /** Follows changes that were made elsewhere: undo, redo, a reload, another photo. */
  async #follow() {
    const { timeline, timelineName } = this.#store.get();
    if (!timeline && timelineName) this.#store.set({ timelineName: "" });
    try {
      if (!(await this.#describe(timeline))) return;
    } catch (problem) {
      this.#messages.fail(problem);
      this.description = null;
    }
    this.#redraw();
    const state = this.#store.get();
    if (!this.description && state.playing) this.#store.set({ playing: false, shown: null });
  }
}
