/**
 * Export: a dialog that writes the timeline as a clip, or what is on the stage as a picture.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./documents.js").Description} Description
 * @typedef {import("./documents.js").Document} Document
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./store.js").Store} Store
 */

import { setField } from "./documents.js";
import { element, icon } from "./elements.js";
import { listChanges } from "./expression.js";
import { findStem, saveText } from "./files.js";
import { followJob, pathOf } from "./jobs.js";
import { makeProgress } from "./progress.js";
import { makeNotes } from "./timeline-notes.js";

/** Suffix, name, and what it is for. */
const FORMATS = [
  [".mp4", "MP4", "A film for everything, H.264"],
  [".gif", "GIF", "A moving picture for messages, up to 50 frames a second"],
  [".webp", "WebP", "A moving picture in more colours, and smaller, than a GIF"],
  [".png", "PNG", "The last frame, without loss"],
];

/** Least and most of each field. */
const LIMITS = { fps: [1, 120], size: [16, 8192] };

/** @param {{root: HTMLElement, store: Store, api: Api, messages: Messages}} page */
export function mountExport(page) {
  return new Export(page);
}

class Export {
  #store;
  #api;
  #messages;
  /** The document to write. @type {Document | null} */
  #asked = null;
  /** @type {Description | null} */
  #description = null;
  #suffix = ".mp4";
  #job = "";

  #formats = element("fieldset", { class: "segments export-formats" });
  #about = element("p", { class: "muted export-about" });
  #fps = this.#makeNumber("Frames a second", "fps", "");
  #size = this.#makeNumber("Longest side", "size", "the photo’s own");
  #command = element("code", { class: "command mono", tabindex: 0, "aria-label": "Command line" });
  #notes = makeNotes((name, value) => this.#change(name, value));
  #problem = element("p", { class: "export-problem", role: "alert" });
  #progress = makeProgress();
  #start = element(
    "button",
    { type: "button", class: "button primary", id: "export-start", click: () => this.#write() },
    icon("download"),
    "Export",
  );
  #cancel = element(
    "button",
    { type: "button", class: "button", id: "export-cancel", hidden: true, click: () => this.#stop() },
    "Cancel",
  );
  #dialog = element("dialog", { id: "export-dialog", class: "dialog", "aria-labelledby": "export-title" });

  /** @param {{root: HTMLElement, store: Store, api: Api, messages: Messages}} page */
  constructor({ root, store, api, messages }) {
    this.#store = store;
    this.#api = api;
    this.#messages = messages;
    this.#formats.append(element("legend", { class: "hidden" }, "Format"), ...this.#listFormats());
    this.#dialog.append(this.#makeHead(), this.#makeBody());
    this.#dialog.addEventListener("close", () => this.#stop());
    document.body.append(this.#dialog);
    const open = element(
      "button",
      {
        type: "button",
        id: "export-button",
        class: "button primary needs-photo",
        "aria-label": "Export",
        click: () => this.#open(),
      },
      icon("download"),
      element("span", { class: "wide-only" }, "Export"),
    );
    root.append(open);
    store.subscribe(({ photo }) => {
      open.disabled = !photo;
    });
  }

  // The dialog

  #makeHead() {
    const close = element(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Close", click: () => this.#dialog.close() },
      icon("close"),
    );
    return element("div", { class: "dialog-head" }, element("h2", { id: "export-title" }, "Export"), close);
  }

  #makeBody() {
    const copy = element(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Copy the command line",
        title: "Copy",
        click: () => this.#copy(),
      },
      icon("copy"),
    );
    const keep = element("button", { type: "button", class: "link", click: () => this.#saveKeys() }, "keys.json");
    const same = element("p", { class: "muted" }, "The same clip on the command line, with ", keep, " beside the photo:");
    const line = element("div", { class: "command-line" }, this.#command, copy);
    return element(
      "div",
      { class: "dialog-body" },
      this.#formats,
      this.#about,
      element("div", { class: "export-fields" }, this.#fps.field, this.#size.field),
      element("div", { class: "export-command" }, same, line, this.#notes.root),
      this.#problem,
      this.#progress.root,
      element("div", { class: "dialog-actions" }, this.#cancel, this.#start),
    );
  }

  #listFormats() {
    return FORMATS.flatMap(([value, name]) => {
      const id = `format-${name.toLowerCase()}`;
      const choose = () => {
        this.#suffix = value;
        this.#draw();
      };
      const input = element("input", { type: "radio", name: "format", id, value, change: choose });
      return [input, element("label", { for: id }, name)];
    });
  }

  /**
   * @param {string} label
   * @param {"fps" | "size"} name - of the document's field
   * @param {string} placeholder - what an empty field stands for
   */
  #makeNumber(label, name, placeholder) {
    const [min, max] = LIMITS[name];
    const change = () => this.#change(name, input.value === "" ? undefined : Number(input.value));
    const input = element("input", { class: "field mono", type: "number", min, max, step: 1, placeholder, change });
    return { input, field: element("label", {}, element("span", {}, label), input) };
  }

  #draw() {
    if (!this.#description) return;
    const { frames, fps, size, commands } = this.#description;
    const words = FORMATS.find(([value]) => value === this.#suffix)?.[2] ?? "";
    const seconds = Number((frames / fps).toFixed(2));
    const length = this.#suffix === ".png" ? "" : ` ${frames} frames, ${seconds} s.`;
    this.#about.textContent = `${words}.${length}`;
    this.#fps.input.value = String(fps);
    this.#size.input.value = size === null ? "" : String(size);
    this.#command.textContent = commands[this.#suffix];
    this.#notes.draw(this.#description);
  }

  /** @param {unknown} reason - empty where there is none */
  #tellProblem(reason) {
    this.#problem.textContent = reason instanceof Error ? reason.message : String(reason);
  }

  // What is written

  async #open() {
    this.#messages.dismiss();
    try {
      const still = !this.#store.get().timeline;
      const found = await this.#findDocument();
      if (still) this.#suffix = ".png";
      for (const input of this.#formats.querySelectorAll("input")) {
        input.checked = input.value === this.#suffix;
        input.disabled = still && input.value !== ".png";
      }
      this.#fps.input.disabled = still;
      await this.#ask(found);
      this.#dialog.showModal();
    } catch (problem) {
      this.#messages.fail(problem);
    }
  }

  /** The document to write: the timeline, or a picture of what the sliders show. */
  async #findDocument() {
    const state = this.#store.get();
    if (state.timeline) return state.timeline;
    const body = { document: null, at: 0, values: listChanges(state) };
    const { document: made } = await this.#api.post("/api/sessions/{session}/timeline/key", body);
    return { ...made, fps: 1, duration: 1 };
  }

  /** @param {Document} next */
  async #ask(next) {
    this.#tellProblem("");
    const name = encodeURIComponent(this.#store.get().timelineName);
    this.#description = await this.#api.post(`/api/sessions/{session}/timeline?name=${name}`, next);
    this.#asked = next;
    this.#draw();
  }

  /**
   * Changes the document that is written; the timeline, too, if it is that.
   *
   * @param {string} name
   * @param {unknown} value - undefined takes the field away
   */
  async #change(name, value) {
    if (!this.#asked) return;
    try {
      await this.#ask(setField(this.#asked, name, value));
      if (this.#store.get().timeline) this.#store.edit({ timeline: this.#asked });
    } catch (problem) {
      this.#tellProblem(problem);
    }
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#command.textContent ?? "");
      this.#messages.say("Copied");
    } catch {
      getSelection()?.selectAllChildren(this.#command); // without permission: ready for Ctrl+C
    }
  }

  /** The stem of the files that are saved. */
  #findName() {
    const { timelineName, photo } = this.#store.get();
    return findStem(timelineName || photo?.name || "ganimate");
  }

  async #saveKeys() {
    try {
      const { text } = await this.#api.post("/api/sessions/{session}/timeline/text", this.#asked);
      saveText(text, `${this.#findName()}.json`);
    } catch (problem) {
      this.#tellProblem(problem);
    }
  }

  // Writing

  /** @param {boolean} working */
  #setWorking(working) {
    this.#start.disabled = working;
    this.#cancel.hidden = !working;
    for (const { input } of [this.#fps, this.#size]) input.readOnly = working;
    if (working) this.#progress.show("starting", 0, 0);
    else this.#progress.hide();
  }

  async #write() {
    this.#tellProblem("");
    this.#setWorking(true);
    const suffix = this.#suffix;
    try {
      const body = { document: this.#asked, suffix };
      const { job } = await this.#api.post("/api/sessions/{session}/exports", body);
      this.#job = job;
      if (!this.#dialog.open) this.#stop(); // it was closed meanwhile
      const result = await followJob(this.#api, job, ({ step, done, total }) =>
        this.#progress.show(step, done, total),
      );
      if (result) this.#download(job, `${this.#findName()}${suffix}`, result);
    } catch (problem) {
      if (this.#dialog.open) this.#tellProblem(problem);
    } finally {
      this.#job = "";
      this.#setWorking(false);
    }
  }

  /**
   * @param {string} job
   * @param {string} name - of the file
   * @param {{width: number, height: number, bytes: number}} written
   */
  #download(job, name, { width, height, bytes }) {
    const path = `${pathOf(job)}/file?name=${encodeURIComponent(name)}`;
    element("a", { href: this.#api.url(path), download: name }).click();
    this.#messages.say(`${name}: ${width} × ${height}, ${formatBytes(bytes)}`);
  }

  #stop() {
    if (this.#job) void this.#api.delete(pathOf(this.#job)).catch(() => null);
  }
}

/** @param {number} bytes */
function formatBytes(bytes) {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
