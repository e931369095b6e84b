/**
 * The timeline: its bar of controls, the strip, and what goes on between document and server.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./documents.js").Description} Description
 * @typedef {import("./documents.js").Document} Document
 * @typedef {import("./documents.js").Key} Key
 * @typedef {import("./live.js").Live} Live
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./store.js").Store} Store
 *
 * @typedef {{root: HTMLElement, store: Store, api: Api, live: Live, messages: Messages}} Page
 */

import { deleteKey, easeKey, holdKey, moveKey, setField } from "./documents.js";
import { mountDriver } from "./driver.js";
import { listChanges, listLeaves } from "./expression.js";
import { createPlayback } from "./playback.js";
import { createStrip } from "./strip.js";
import { makeTimelineBar, saveText } from "./timeline-bar.js";
import { makeNotes } from "./timeline-notes.js";

/** Seconds: a key this near to the playhead is the one there. */
const SAME_TIME = 0.002;

/** Widest page, pixels, on which curves are folded at first. */
const NARROW = 760;

/**
 * @param {Page} page
 */
export function mountTimeline({ root, store, api, live, messages }) {
  /** @type {Description | null} */
  let description = null;
  /** The document that the description is of. @type {Document | null} */
  let described = null;
  let chosen = -1;
  let turn = 0;
  /** Changes that the server looks at; each begins from what the one before it made. */
  let waiting = 0;
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();

  const playback = createPlayback({ store, live, tell: tellPlayhead });
  const bar = makeTimelineBar({
    play: () => (playback.running() ? playback.pause() : playback.play()),
    addKey,
    remove: () => withChosen(removeKey),
    ease: (name) => withChosen((key) => change((one) => easeKey(one, key, name))),
    hold: (seconds) => withChosen((key) => change((one) => holdKey(one, key, seconds))),
    set: (name, value) => change((one) => setField(one, name, value)),
    open: async (file) => openDocument(await file.text(), file.name),
    save,
    clear: () => store.edit({ timeline: null }),
  });
  const stripRoot = document.createElement("div");
  stripRoot.className = "strip";
  const strip = createStrip(stripRoot, {
    seek: playback.seek,
    select: (key) => {
      chosen = indexOf(key);
      playback.seek(key.t);
      draw();
    },
    move: async (key, seconds) => {
      if (waiting) return; // a key that is held down goes on when the server has answered
      const t = findRoom(key, seconds);
      if (!(await change((one) => moveKey(one, key, t)))) return draw();
      choose(t);
      playback.seek(t);
    },
    remove: removeKey,
    fold: () => !root.toggleAttribute("data-folded"),
  });
  const notes = makeNotes((name, value) => change((one) => setField(one, name, value)));
  root.append(bar.root, notes.root, stripRoot);
  strip.tellFold(!root.toggleAttribute("data-folded", window.innerWidth <= NARROW));
  const driver = mountDriver({ store, api, messages, done: take });

  /** @param {Key} key */
  const indexOf = (key) => description?.keys.indexOf(key) ?? -1;

  /** @param {(key: Key) => unknown} act */
  function withChosen(act) {
    const key = description?.keys[chosen];
    if (key) void act(key);
  }

  /** @param {Key} key */
  function removeKey(key) {
    const duration = description?.duration ?? 0;
    chosen = -1;
    return change((one) => deleteKey(one, key, duration));
  }

  /**
   * The nearest free moment: two keys do not share one.
   *
   * @param {Key} key
   * @param {number} seconds
   */
  function findRoom(key, seconds) {
    const others = (description?.keys ?? []).filter((one) => one !== key);
    const frame = 1 / playback.fps();
    const back = seconds > key.t ? -frame : frame;
    let t = seconds;
    while (others.some((one) => Math.abs(one.t - t) < SAME_TIME)) t += back;
    return Math.max(0, t);
  }

  /** @param {number} t */
  function choose(t) {
    chosen = (description?.keys ?? []).findIndex((key) => Math.abs(key.t - t) < SAME_TIME);
    draw();
  }

  // Documents

  /** Has a document described by the server, which then shows its frames. */
  async function describe(/** @type {Document | null} */ timeline, /** @type {Blob} */ text) {
    turn += 1;
    const mine = turn;
    const name = encodeURIComponent(store.get().timelineName ?? "");
    const answer = timeline
      ? await api.post(`/api/sessions/{session}/timeline?name=${name}`, text ?? timeline)
      : null;
    if (mine !== turn) return false;
    description = answer;
    described = timeline;
    chosen = Math.min(chosen, (answer?.keys.length ?? 0) - 1);
    return true;
  }

  function draw() {
    strip.draw(description, playback.span(), chosen);
    bar.draw(description, description?.keys[chosen] ?? null);
    notes.draw(description);
    root.toggleAttribute("data-empty", !description);
    tellPlayhead();
  }

  function tellPlayhead() {
    strip.seek(playback.at());
    bar.tell({ at: playback.at(), running: playback.running() });
  }

  /**
   * Makes a document the work, in one step of undo, if the server finds it right.
   *
   * @param {Document} timeline
   * @param {Blob} [text] - as it was written, to be checked instead
   */
  async function commit(timeline, text) {
    messages.dismiss();
    try {
      if (!(await describe(timeline, /** @type {Blob} */ (text)))) return false;
    } catch (problem) {
      messages.fail(problem);
      draw();
      return false;
    }
    store.edit({ timeline });
    playback.describe(description);
    draw();
    return true;
  }

  /**
   * Does something when all that was begun before it is done.
   *
   * @template Result
   * @param {() => Promise<Result>} act
   * @returns {Promise<Result>}
   */
  function queue(act) {
    waiting += 1;
    const done = last.then(act).finally(() => {
      waiting -= 1;
    });
    last = done.catch(() => null);
    return done;
  }

  /** @param {(document: Document) => Document} how */
  function change(how) {
    return queue(async () => {
      const { timeline } = store.get();
      return timeline ? commit(how(timeline)) : false;
    });
  }

  function addKey() {
    return queue(putKey);
  }

  async function putKey() {
    const state = store.get();
    if (!state.photo) return;
    const at = playback.courseTime();
    const leaves = listLeaves(state.photo);
    const values = state.playing
      ? Object.fromEntries(
          leaves
            .filter(({ id, value }) => (state.shown?.[id] ?? value) !== value)
            .map(({ id }) => [id, state.shown?.[id]]),
        )
      : listChanges(state);
    try {
      const body = { document: state.timeline, at, values };
      const { document: made } = await api.post("/api/sessions/{session}/timeline/key", body);
      if (await commit(made)) choose(at);
    } catch (problem) {
      messages.fail(problem);
    }
  }

  /**
   * Takes over a whole document.
   *
   * @param {Document} timeline
   * @param {string} name - of its file
   * @param {Blob} [text]
   */
  async function take(timeline, name, text) {
    chosen = -1;
    store.set({ timelineName: name });
    if (!(await commit(timeline, text))) return;
    playback.seek(0);
    playback.play();
  }

  /** @param {string} text @param {string} name */
  async function openDocument(text, name) {
    try {
      // The text itself is what is checked: JSON.parse forgets names that are given twice.
      const parsed = await parse(text, name);
      if (parsed) await take(parsed, name, new Blob([text]));
    } catch (problem) {
      messages.fail(problem);
    }
  }

  /** @param {string} text @param {string} name @returns {Promise<Document | null>} */
  async function parse(text, name) {
    try {
      return JSON.parse(text);
    } catch {
      await api.post(`/api/sessions/{session}/timeline?name=${encodeURIComponent(name)}`, new Blob([text]));
      return null; // the server has said what is wrong, and where
    }
  }

  async function save() {
    const { timeline, timelineName, photo } = store.get();
    if (!timeline) return;
    try {
      const { text } = await api.post("/api/sessions/{session}/timeline/text", timeline);
      const stem = photo?.name.split(/[\\/]/).at(-1)?.replace(/\.[^.]*$/, "") ?? "keys";
      saveText(text, timelineName || `${stem}.json`);
    } catch (problem) {
      messages.fail(problem);
    }
  }

  /** Follows changes that were made elsewhere: undo, redo, a reload, another photo. */
  async function follow() {
    try {
      await describe(store.get().timeline, /** @type {any} */ (undefined));
    } catch (problem) {
      messages.fail(problem);
      description = null;
    }
    playback.describe(description);
    draw();
    const state = store.get();
    if (!description && state.playing) store.set({ playing: false, shown: null });
  }

  store.subscribe((state, previous) => {
    if (state.photo !== previous.photo && state.photo) {
      chosen = -1;
      if (!state.timeline) store.set({ timelineName: "" });
      return void follow();
    }
    if (state.timeline !== previous.timeline && state.timeline !== described) void follow();
  });

  // Keys of the page

  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!store.get().photo || document.querySelector("dialog[open]")) return;
    const target = event.target;
    const free = target instanceof HTMLInputElement ? target.type === "range" : !isControl(target);
    const key = event.key.toLowerCase();
    if (key === " " && free) {
      event.preventDefault();
      bar.actions.play();
    } else if (key === "k" && (free || target instanceof HTMLButtonElement)) {
      event.preventDefault();
      void addKey();
    }
  });

  draw();
  return { openDriver: driver.open, openDocument };
}

/** @param {EventTarget | null} target */
function isControl(target) {
  return target instanceof Element && target.closest("button, select, textarea, summary, a, [contenteditable]") !== null;
}
