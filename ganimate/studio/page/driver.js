/**
 * A driving video: its face is followed on the server, and plays on this one as a timeline.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./store.js").Store} Store
 *
 * @typedef {{store: Store, api: Api, messages: Messages,
 *     done: (document: Readonly<Record<string, any>>, name: string) => unknown}} Page
 */

import { element, icon } from "./elements.js";
import { findStem } from "./files.js";
import { followJob, pathOf } from "./jobs.js";
import { makeProgress } from "./progress.js";

/** @param {Page} page */
export function mountDriver(page) {
  return new Driver(page);
}

class Driver {
  #page;
  /** The video that is asked about or followed. @type {File | null} */
  #file = null;
  #job = "";
  #title = element("h2", { id: "driver-title" });
  #head = element("input", { type: "checkbox", role: "switch", checked: true });
  #start = element("button", { type: "button", class: "button primary" }, icon("video"), "Follow its face");
  #progress = makeProgress();
  #dialog = element("dialog", { id: "driver-dialog", class: "dialog", "aria-labelledby": "driver-title" });

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
    const close = element("button", { type: "button", class: "icon-button", "aria-label": "Close" }, icon("close"));
    const about =
      "What goes over is how far that face is from its own rest. It becomes a timeline: play it, " +
      "edit it, save it, export it.";
    this.#dialog.append(
      element("div", { class: "dialog-head" }, this.#title, close),
      element(
        "div",
        { class: "dialog-body" },
        element("p", { class: "muted" }, about),
        element("label", { class: "switch" }, this.#head, element("span", { class: "switch-track" }), "Turn the head, too"),
        this.#progress.root,
        element("div", { class: "dialog-actions" }, this.#start),
      ),
    );
    document.body.append(this.#dialog);
    close.addEventListener("click", () => this.#dialog.close());
    this.#start.addEventListener("click", () => void this.#follow());
    this.#dialog.addEventListener("close", () => this.#stop());
  }

  /** @param {File} video */
  open(video) {
    this.#file = video;
    this.#title.textContent = `Drive with ${video.name}`;
    this.#progress.hide();
    this.#dialog.showModal();
    this.#start.focus();
  }

  #stop() {
    if (this.#job) void this.#page.api.delete(pathOf(this.#job)).catch(() => null);
    this.#file = null;
  }

  async #follow() {
    const video = this.#file;
    if (!video) return;
    this.#start.disabled = this.#head.disabled = true;
    try {
      const result = await this.#measure(video);
      if (!result || this.#file !== video) return;
      this.#dialog.close();
      const photo = findStem(this.#page.store.get().photo?.name ?? "");
      await this.#page.done(result.document, `${photo}_${findStem(video.name)}.json`);
      this.#page.messages.say(tellResult(video.name, result));
    } catch (problem) {
      this.#dialog.close();
      this.#page.messages.fail(problem);
    } finally {
      this.#progress.hide();
      this.#start.disabled = this.#head.disabled = false;
    }
  }

  /** @param {File} video */
  async #measure(video) {
    const { api } = this.#page;
    this.#progress.show("sending the video", 0, 0);
    const query = `?name=${encodeURIComponent(video.name)}${this.#head.checked ? "&head=1" : ""}`;
    try {
      this.#job = (await api.post(`/api/sessions/{session}/driver${query}`, video)).job;
      if (this.#file !== video) this.#stop(); // it was closed while the video was sent
      return await followJob(api, this.#job, ({ step, done, total }) => this.#progress.show(step, done, total));
    } finally {
      this.#job = "";
    }
  }
}

/**
 * @param {string} name - of the video
 * @param {{warnings: string[], frames: number, frames_without_face: number}} result
 */
function tellResult(name, { warnings, frames, frames_without_face: missed }) {
  const lost = missed ? `; no face was seen in ${missed} of ${frames} frames` : "";
  return [`${name} drives the face${lost}`, ...warnings].join(". ");
}
