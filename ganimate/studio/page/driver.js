/**
 * A driving video: its face is followed on the server, and plays on this one as a timeline.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./messages.js").Messages} Messages
 * @typedef {import("./store.js").Store} Store
 */

import { element, icon } from "./elements.js";
import { followJob, pathOf } from "./jobs.js";
import { makeProgress } from "./progress.js";

/**
 * @param {{store: Store, api: Api, messages: Messages,
 *     done: (document: Readonly<Record<string, any>>, name: string) => unknown}} page
 */
export function mountDriver({ store, api, messages, done }) {
  /** @type {File | null} */
  let file = null;
  let job = "";
  const head = element("input", { type: "checkbox", role: "switch", checked: true });
  const title = element("h2", { id: "driver-title" });
  const start = element("button", { type: "button", class: "button primary", click: follow }, icon("video"), "Follow its face");
  const progress = makeProgress();
  const dialog = element(
    "dialog",
    { id: "driver-dialog", class: "dialog", "aria-labelledby": "driver-title" },
    element("div", { class: "dialog-head" }, title,
      element("button", { type: "button", class: "icon-button", "aria-label": "Close", click: () => dialog.close() }, icon("close"))),
    element("div", { class: "dialog-body" },
      element("p", { class: "muted" }, "What goes over is how far that face is from its own rest. It becomes a timeline: play it, edit it, save it, export it."),
      element("label", { class: "switch" }, head, element("span", { class: "switch-track" }), "Turn the head, too"),
      progress.root,
      element("div", { class: "dialog-actions" }, start)),
  );
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    if (job) void api.delete(pathOf(job)).catch(() => null);
    file = null;
  });

  async function follow() {
    if (!file) return;
    const followed = file;
    start.disabled = head.disabled = true;
    progress.show("sending the video", 0, 0);
    try {
      const query = `?name=${encodeURIComponent(followed.name)}${head.checked ? "&head=1" : ""}`;
      job = (await api.post(`/api/sessions/{session}/driver${query}`, followed)).job;
      if (!dialog.open) await api.delete(pathOf(job));
      const result = await followJob(api, job, ({ step, done: count, total }) => progress.show(step, count, total));
      job = "";
      if (!result || file !== followed) return;
      dialog.close();
      await done(result.document, `${store.get().photo?.name.split(/[\\/]/).at(-1)?.replace(/\.[^.]*$/, "")}_${followed.name.replace(/\.[^.]*$/, "")}.json`);
      tell(result, followed.name);
    } catch (problem) {
      job = "";
      dialog.close();
      messages.fail(problem);
    } finally {
      progress.hide();
      start.disabled = head.disabled = false;
    }
  }

  /** @param {{warnings: string[], frames: number, frames_without_face: number}} result @param {string} name */
  function tell({ warnings, frames, frames_without_face: missed }, name) {
    const lost = missed ? `; no face was seen in ${missed} of ${frames} frames` : "";
    messages.say([`${name} drives the face${lost}`, ...warnings].join(". "));
  }

  return {
    /** @param {File} video */
    open(video) {
      file = video;
      title.textContent = `Drive with ${video.name}`;
      progress.hide();
      dialog.showModal();
      start.focus();
    },
  };
}
