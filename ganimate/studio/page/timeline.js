/**
 * The timeline: its bar of controls, the strip, and the playhead, over one document.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./documents.js").Document} Document
 * @typedef {import("./documents.js").Key} Key
 * @typedef {import("./live.js").Live} Live
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").State} State
 *
 * @typedef {{root: HTMLElement, store: Store, api: Api, live: Live, messages: Messages}} Page
 */

import { Desk } from "./desk.js";
import { deleteKey, easeKey, holdKey, moveKey, setField } from "./documents.js";
import { mountDriver } from "./driver.js";
import { listChanges, listLeaves } from "./expression.js";
import { findStem, saveText } from "./files.js";
import { Playback } from "./playback.js";
import { Strip } from "./strip.js";
import { makeTimelineBar } from "./timeline-bar.js";
import { makeNotes } from "./timeline-notes.js";

/** Seconds: keys as near as this share a time. */
const SAME_TIME = 0.002;

/** Widest page, pixels, on which curves are folded at first. */
const NARROW = 760;

/**
 * @param {Page} page
 * @returns {{openDriver: (file: File) => void, openDocument: (text: string, name: string) => unknown}}
 */
export function mountTimeline(page) {
  const timeline = new Timeline(page);
  const driver = mountDriver({ ...page, done: (made, name) => timeline.take(made, name) });
  mountTimelineKeys(page.store, timeline);
  return {
    openDriver: (file) => driver.open(file),
    openDocument: (text, name) => timeline.open(text, name),
  };
}

class Timeline {
  #store;
  #messages;
  #root;
  #desk;
  #playback;
  #bar;
  #strip;
  #notes;
  /** Index of the chosen key; -1 for none. */
  #chosen = -1;

  /** @param {Page} page */
  constructor({ root, store, api, live, messages }) {
    this.#store = store;
    this.#messages = messages;
    this.#root = root;
    this.#desk = new Desk({ store, api, messages, redraw: () => this.#redraw() });
    this.#playback = new Playback({ store, live, tell: () => this.#tell() });
    this.#bar = makeTimelineBar(this.#listBarActions());
    this.#notes = makeNotes((name, value) => this.#desk.change((one) => setField(one, name, value)));
    this.#strip = new Strip({
      seek: (seconds) => this.#playback.seek(seconds),
      select: (key) => this.#select(key),
      move: (key, seconds) => void this.#move(key, seconds),
      remove: (key) => void this.#remove(key),
      fold: () => !root.toggleAttribute("data-folded"),
    });
    root.append(this.#bar.root, this.#notes.root, this.#strip.root);
    this.#strip.tellFold(!root.toggleAttribute("data-folded", window.innerWidth <= NARROW));
    store.subscribe((state, previous) => {
      if (state.photo !== previous.photo) this.#chosen = -1;
    });
    this.#draw();
  }

  play() {
    if (this.#playback.running) this.#playback.pause();
    else this.#playback.play();
  }

  async addKey() {
    const state = this.#store.get();
    if (!state.photo) return;
    const at = this.#playback.courseTime;
    const values = state.playing ? listShown(state) : listChanges(state);
    if (await this.#desk.addKey(at, values)) this.#choose(at);
  }

  /** @param {string} text @param {string} name */
  async open(text, name) {
    if (await this.#desk.open(text, name)) this.#begin();
  }

  /** @param {Document} document @param {string} name */
  async take(document, name) {
    if (await this.#desk.take(document, name)) this.#begin();
  }

  /** Plays a document that was just opened. */
  #begin() {
    this.#chosen = -1;
    this.#draw();
    this.#playback.seek(0);
    this.#playback.play();
  }

  /** @returns {import("./timeline-bar.js").BarActions} */
  #listBarActions() {
    return {
      play: () => this.play(),
      addKey: () => this.addKey(),
      remove: () => this.#withChosen((key) => this.#remove(key)),
      ease: (name) => this.#withChosen((key) => this.#desk.change((one) => easeKey(one, key, name))),
      hold: (seconds) => this.#withChosen((key) => this.#desk.change((one) => holdKey(one, key, seconds))),
      set: (name, value) => this.#desk.change((one) => setField(one, name, value)),
      open: async (file) => this.open(await file.text(), file.name),
      save: () => this.#save(),
      clear: () => this.#store.edit({ timeline: null }),
    };
  }

  get #keys() {
    return this.#desk.description?.keys ?? [];
  }

  /** @param {(key: Key) => unknown} act */
  #withChosen(act) {
    const key = this.#keys[this.#chosen];
    if (key) void act(key);
  }

  /** @param {number} t - seconds */
  #choose(t) {
    this.#chosen = this.#keys.findIndex((key) => Math.abs(key.t - t) < SAME_TIME);
    this.#draw();
  }

  /** @param {Key} key */
  #select(key) {
    this.#chosen = this.#keys.indexOf(key);
    this.#playback.seek(key.t);
    this.#draw();
  }

  /** @param {Key} key @param {number} seconds */
  async #move(key, seconds) {
    this.#chosen = this.#keys.indexOf(key);
    if (this.#desk.busy) return this.#draw(); // a key that is held goes on after the answer
    const t = this.#findRoom(key, seconds);
    if (!(await this.#desk.change((one) => moveKey(one, key, t)))) return this.#draw();
    this.#choose(t);
    this.#playback.seek(t);
  }

  /**
   * The nearest free moment on the way back: two keys do not share one.
   *
   * @param {Key} key
   * @param {number} seconds
   */
  #findRoom(key, seconds) {
    const others = this.#keys.filter((one) => one !== key);
    const back = (seconds > key.t ? -1 : 1) / this.#playback.fps;
    let t = seconds;
    while (others.some((one) => Math.abs(one.t - t) < SAME_TIME)) t += back;
    return Math.max(0, t);
  }

  /** @param {Key} key */
  #remove(key) {
    const duration = this.#desk.description?.duration ?? 0;
    this.#chosen = -1;
    return this.#desk.change((one) => deleteKey(one, key, duration));
  }

  async #save() {
    const { timelineName, photo } = this.#store.get();
    try {
      saveText(await this.#desk.write(), timelineName || `${findStem(photo?.name ?? "keys")}.json`);
    } catch (problem) {
      this.#messages.fail(problem);
    }
  }

  #redraw() {
    this.#playback.describe(this.#desk.description);
    this.#draw();
  }

  #draw() {
    const { description } = this.#desk;
    this.#chosen = Math.min(this.#chosen, this.#keys.length - 1);
    this.#strip.draw(description, this.#playback.span, this.#chosen);
    this.#bar.draw(description, this.#keys[this.#chosen] ?? null);
    this.#notes.draw(description);
    this.#root.toggleAttribute("data-empty", !description);
    this.#tell();
  }

  #tell() {
    const { at, running } = this.#playback;
    this.#strip.seek(at);
    this.#bar.tell({ at, running });
  }
}

/**
 * What the stage shows of a timeline, as far as it differs from the photo.
 *
 * @param {State} state
 */
function listShown({ photo, shown }) {
  const leaves = photo && shown ? listLeaves(photo) : [];
  const moved = leaves.filter(({ id, value }) => (shown?.[id] ?? value) !== value);
  return Object.fromEntries(moved.map(({ id }) => [id, shown?.[id] ?? 0]));
}

/**
 * Keys of the page: Space plays, K adds a key.
 *
 * @param {Store} store
 * @param {Timeline} timeline
 */
function mountTimelineKeys(store, timeline) {
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!store.get().photo || document.querySelector("dialog[open]")) return;
    const { target } = event;
    const free = target instanceof HTMLInputElement ? target.type === "range" : !isControl(target);
    const key = event.key.toLowerCase();
    if (key === " " && free) timeline.play();
    else if (key === "k" && (free || target instanceof HTMLButtonElement)) void timeline.addKey();
    else return;
    event.preventDefault();
  });
}

/** @param {EventTarget | null} target */
function isControl(target) {
  const controls = "button, select, textarea, summary, a, [contenteditable]";
  return target instanceof Element && target.closest(controls) !== null;
}
