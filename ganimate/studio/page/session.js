/**
 * The tab's session on the server, and the photo in it.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./live.js").Live} Live
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").Photo} Photo
 * @typedef {ReturnType<typeof createSession>} Session
 *
 * @typedef {Object} About
 * @property {ReadonlyArray<{id: string, name: string}>} examples
 * @property {string | null} given - name of the command line's photo
 * @property {number} most_bytes - of an upload
 *
 * @typedef {{query: string, body?: Blob}} Source
 * Where a photo comes from: a query of the photo's address, and a file's bytes.
 */

import { StudioError } from "./api.js";
import { recallSession, recallWork, rememberSession } from "./persistence.js";

/** Bytes of a mebibyte. */
const MEBIBYTE = 1 << 20;

/**
 * @param {{api: Api, live: Live, store: Store, messages: Messages,
 *     show: (phase: "empty" | "measuring" | "ready", words?: string) => void}} page
 */
export function createSession({ api, live, store, messages, show }) {
  /** @type {About} */
  let about = { examples: [], given: null, most_bytes: Infinity };
  /** The photo that is open, to send again to a studio that was started anew. @type {Source | null} */
  let source = null;

  /** @param {string} [copied] - id of a session whose photo the new one has, too */
  async function begin(copied) {
    const query = copied ? `?copy=${encodeURIComponent(copied)}` : "";
    const { session } = await api.post(`/api/sessions${query}`);
    api.useSession(session);
    rememberSession(session);
  }

  /**
   * The photo of the session that this tab had, or of a new one.
   *
   * @returns {Promise<Photo | null>}
   */
  async function resume() {
    const id = recallSession();
    if (id) {
      api.useSession(id);
      try {
        return (await api.get("/api/sessions/{session}")).photo;
      } catch (problem) {
        if (!(problem instanceof StudioError) || problem.status !== 404) throw problem;
      }
    }
    await begin();
    return null;
  }

  /** @param {Photo} photo */
  function take(photo) {
    store.restart({ photo, ...recallWork(photo) });
    show("ready");
    for (const warning of photo.warnings) messages.say(warning);
  }

  /** @param {Source} from */
  async function send(from) {
    const photo = await api.post(`/api/sessions/{session}/photo${from.query}`, from.body);
    source = from;
    return photo;
  }

  /**
   * @param {Source} from
   * @param {string} words - what goes on
   */
  async function open(from, words) {
    const before = store.get().photo;
    messages.dismiss();
    show("measuring", words);
    try {
      take(await send(from));
    } catch (problem) {
      messages.fail(problem);
      show(before ? "ready" : "empty");
    }
  }

  /** Goes on with a new session where the old one is gone or belongs to another tab. */
  async function renew(/** @type {boolean} */ taken) {
    try {
      await begin(taken ? api.session() : undefined);
      const photo = taken ? (await api.get("/api/sessions/{session}")).photo : null;
      live.connect();
      if (photo) return take(photo);
      const again = source ?? (about.given ? { query: "?given=1" } : null);
      if (again) return take(await send(again));
      store.set({ photo: null });
      show("empty");
    } catch (problem) {
      messages.fail(problem);
    }
  }

  live.onState((state) => {
    if (state === "gone" || state === "taken") void renew(state === "taken");
  });

  return {
    /** @returns {Promise<About>} what the server says before there is a photo */
    async start() {
      about = await api.get("/api/about");
      const photo = await resume();
      live.connect();
      if (photo) take(photo);
      else if (about.given) await open({ query: "?given=1" }, `Opening ${about.given}`);
      else show("empty");
      return about;
    },

    /** @param {File} file */
    async openFile(file) {
      if (file.size > about.most_bytes) {
        const most = Math.floor(about.most_bytes / MEBIBYTE);
        return messages.fail(`${file.name} is larger than ${most} MiB: make it smaller`);
      }
      await open(
        { query: `?name=${encodeURIComponent(file.name)}`, body: file },
        `Finding the face in ${file.name}`,
      );
    },

    /** @param {string} id */
    openExample: (id) =>
      open({ query: `?example=${encodeURIComponent(id)}` }, "Opening the example"),

    /** @param {number} index - of a face of the photo */
    async chooseFace(index) {
      show("measuring", "Choosing the face");
      try {
        take(await api.post("/api/sessions/{session}/face", { face: index }));
      } catch (problem) {
        messages.fail(problem);
        show("ready");
      }
    },

    /**
     * The expression of a face in another photo.
     *
     * @param {File} file
     */
    async readExpression(file) {
      const query = `?name=${encodeURIComponent(file.name)}`;
      return (await api.post(`/api/sessions/{session}/expression${query}`, file)).values;
    },
  };
}
