/**
 * The tab's session on the server, and the photo in it.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./live.js").Live} Live
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").Photo} Photo
 *
 * @typedef {Object} About
 * @property {ReadonlyArray<{id: string, name: string}>} examples
 * @property {string | null} given - name of the command line's photo
 * @property {number} most_bytes - of an upload
 *
 * @typedef {{query: string, body?: Blob}} Source
 * Where a photo comes from: a query of the photo's address, and a file's bytes.
 *
 * @typedef {(phase: "empty" | "measuring" | "ready", words?: string) => void} ShowPhase
 */

import { StudioError } from "./api.js";
import { recallSession, recallWork, rememberSession } from "./persistence.js";

/** Bytes of a mebibyte. */
const MEBIBYTE = 1 << 20;

/** @type {Source} */
const GIVEN = { query: "?given=1" };

/** One tab's session, which begins again where the server was started anew. */
export class Session {
  #api;
  #live;
  #store;
  #messages;
  #show;
  /** @type {About} */
  #about = { examples: [], given: null, most_bytes: Infinity };
  /** The photo that is open, to send again to a studio that was started anew. @type {Source | null} */
  #source = null;

  /**
   * @param {{api: Api, live: Live, store: Store, messages: Messages, show: ShowPhase}} page
   */
  constructor({ api, live, store, messages, show }) {
    this.#api = api;
    this.#live = live;
    this.#store = store;
    this.#messages = messages;
    this.#show = show;
    live.onState((state) => {
      if (state === "gone" || state === "taken") void this.#renew(state === "taken");
    });
  }

  /**
   * Goes on with the tab's session, or begins one.
   *
   * @returns {Promise<About>} what the server says before there is a photo
   */
  async start() {
    const about = await this.#api.get("/api/about");
    this.#about = about;
    const photo = await this.#resume();
    this.#live.connect();
    if (photo) this.#take(photo);
    else if (about.given) await this.#open(GIVEN, `Opening ${about.given}`);
    else this.#show("empty");
    return about;
  }

  /** @param {File} file - with a photo */
  async openFile(file) {
    if (file.size > this.#about.most_bytes) {
      const most = Math.floor(this.#about.most_bytes / MEBIBYTE);
      return this.#messages.fail(`${file.name} is larger than ${most} MiB: make it smaller`);
    }
    const query = `?name=${encodeURIComponent(file.name)}`;
    await this.#open({ query, body: file }, `Finding the face in ${file.name}`);
  }

  /** @param {string} id */
  async openExample(id) {
    await this.#open({ query: `?example=${encodeURIComponent(id)}` }, "Opening the example");
  }

  /** @param {number} index - of a face of the photo */
  async chooseFace(index) {
    this.#show("measuring", "Choosing the face");
    try {
      this.#take(await this.#api.post("/api/sessions/{session}/face", { face: index }));
    } catch (problem) {
      this.#messages.fail(problem);
      this.#show("ready");
    }
  }

  /**
   * The expression of the face in another photo.
   *
   * @param {File} file
   * @returns {Promise<import("./types.js").Values>}
   */
  async readExpression(file) {
    const query = `?name=${encodeURIComponent(file.name)}`;
    return (await this.#api.post(`/api/sessions/{session}/expression${query}`, file)).values;
  }

  /** @param {string} [copied] - id of a session whose photo the new one has, too */
  async #begin(copied) {
    const query = copied ? `?copy=${encodeURIComponent(copied)}` : "";
    const { session } = await this.#api.post(`/api/sessions${query}`);
    this.#api.useSession(session);
    rememberSession(session);
  }

  /** @returns {Promise<Photo | null>} the photo of the session */
  async #describe() {
    return (await this.#api.get("/api/sessions/{session}")).photo;
  }

  /** @returns {Promise<Photo | null>} the photo of the session that this tab had */
  async #resume() {
    const id = recallSession();
    if (id) {
      this.#api.useSession(id);
      try {
        return await this.#describe();
      } catch (problem) {
        if (!(problem instanceof StudioError) || problem.status !== 404) throw problem;
      }
    }
    await this.#begin();
    return null;
  }

  /** @param {Photo} photo */
  #take(photo) {
    this.#store.restart({ photo, ...recallWork(photo) });
    this.#show("ready");
    for (const warning of photo.warnings) this.#messages.say(warning);
  }

  /**
   * @param {Source} source
   * @returns {Promise<Photo>}
   */
  async #send(source) {
    const photo = await this.#api.post(`/api/sessions/{session}/photo${source.query}`, source.body);
    this.#source = source;
    return photo;
  }

  /**
   * @param {Source} source
   * @param {string} words - what goes on
   */
  async #open(source, words) {
    this.#messages.dismiss();
    this.#show("measuring", words);
    try {
      this.#take(await this.#send(source));
    } catch (problem) {
      this.#messages.fail(problem);
      this.#show(this.#store.get().photo ? "ready" : "empty");
    }
  }

  /**
   * Goes on with a new session where the old one is gone.
   *
   * @param {boolean} isTaken - whether another tab has it: then this one gets a copy
   */
  async #renew(isTaken) {
    try {
      await this.#begin(isTaken ? this.#api.session() : undefined);
      const copy = isTaken ? await this.#describe() : null;
      this.#live.connect();
      const source = this.#source ?? (this.#about.given ? GIVEN : null);
      if (copy) return this.#take(copy);
      if (source) return this.#take(await this.#send(source));
      this.#store.set({ photo: null });
      this.#show("empty");
    } catch (problem) {
      this.#messages.fail(problem);
    }
  }
}
