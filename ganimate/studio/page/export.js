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
import { followJob, pathOf } from "./jobs.js";
import { makeProgress } from "./progress.js";
import { saveText } from "./timeline-bar.js";
import { makeNotes } from "./timeline-notes.js";

/** Suffix, name, and what it is for. */
const FORMATS = [
  [".mp4", "MP4", "A film for everything, H.264"],
  [".gif", "GIF", "A moving picture for messages, up to 50 frames a second"],
  [".webp", "WebP", "A moving picture in more colours, and smaller, than a GIF"],
  [".png", "PNG", "The last frame, without loss"],
];

const LIMITS = { fps: [1, 120], size: [16, 8192] };

/**
 * @param {{root: HTMLElement, store: Store, api: Api, messages: Messages}} page
 */
export function mountExport({ root, store, api, messages }) {
  /** @type {Document | null} */
  let asked = null;
  /** @type {Description | null} */
  let description = null;
  let suffix = ".mp4";
  let job = "";

  const about = element("p", { class: "muted export-about" });
  const formats = element("fieldset", { class: "segments export-formats" }, element("legend", { class: "hidden" }, "Format"), ...FORMATS.flatMap(makeFormat));
  const fps = makeNumber("Frames a second", "fps", "");
  const size = makeNumber("Longest side", "size", "the photo’s own");
  const command = element("code", { class: "command mono", tabindex: 0, "aria-label": "Command line" });
  const copy = element("button", { type: "button", class: "icon-button", "aria-label": "Copy the command line", title: "Copy", click: copyCommand }, icon("copy"));
  const keep = element("button", { type: "button", class: "link", click: saveKeys }, "keys.json");
  const notes = makeNotes((name, value) => asked && ask(setField(asked, name, value)));
  const problem = element("p", { class: "export-problem", role: "alert" });
  const progress = makeProgress();
  const start = element("button", { type: "button", class: "button primary", id: "export-start", click: write }, icon("download"), "Export");
  const cancel = element("button", { type: "button", class: "button", id: "export-cancel", hidden: true, click: stop }, "Cancel");
  const dialog = element(
    "dialog",
    { id: "export-dialog", class: "dialog", "aria-labelledby": "export-title" },
    element("div", { class: "dialog-head" }, element("h2", { id: "export-title" }, "Export"),
      element("button", { type: "button", class: "icon-button", "aria-label": "Close", click: () => dialog.close() }, icon("close"))),
    element("div", { class: "dialog-body" },
      formats, about,
      element("div", { class: "export-fields" }, fps.field, size.field),
      element("div", { class: "export-command" },
        element("p", { class: "muted" }, "The same clip on the command line, with ", keep, " beside the photo:"),
        element("div", { class: "command-line" }, command, copy),
        notes.root),
      problem, progress.root,
      element("div", { class: "dialog-actions" }, cancel, start)),
  );
  document.body.append(dialog);
  const button = element("button", { type: "button", id: "export-button", class: "button primary needs-photo", title: "Export (E)", click: open }, icon("download"), element("span", { class: "wide-only" }, "Export"));
  root.append(button);
  dialog.addEventListener("close", stop);

  /** @param {string[]} format */
  function makeFormat([value, name]) {
    const id = `format-${name.toLowerCase()}`;
    const input = element("input", { type: "radio", name: "format", id, value, checked: value === suffix, change: () => { suffix = value; draw(); } });
    return [input, element("label", { for: id }, name)];
  }

  /**
   * @param {string} label
   * @param {"fps" | "size"} name - of the document's field
   * @param {string} placeholder - what an empty field stands for
   */
  function makeNumber(label, name, placeholder) {
    const [min, max] = LIMITS[name];
    const input = element("input", { class: "field mono", type: "number", min, max, step: 1, placeholder, change });
    async function change() {
      const value = input.value === "" ? undefined : Number(input.value);
      if (asked) await ask(setField(asked, name, value));
    }
    return { input, field: element("label", {}, element("span", {}, label), input) };
  }

  /** The document to write: the timeline, or a picture of what the sliders show. */
  async function findDocument() {
    const state = store.get();
    if (state.timeline) return state.timeline;
    const body = { document: null, at: 0, values: listChanges(state) };
    const { document: made } = await api.post("/api/sessions/{session}/timeline/key", body);
    return { ...made, fps: 1, duration: 1 };
  }

  async function open() {
    messages.dismiss();
    try {
      const found = await findDocument();
      const still = !store.get().timeline;
      if (still) suffix = ".png";
      for (const input of formats.querySelectorAll("input")) {
        input.checked = input.value === suffix;
        input.disabled = still && input.value !== ".png";
      }
      fps.input.disabled = still;
      await ask(found, false);
      dialog.showModal();
    } catch (reason) {
      messages.fail(reason);
    }
  }

  /** @param {Document} next @param {boolean} [keepIt] - whether the timeline changes, too */
  async function ask(next, keepIt = true) {
    problem.textContent = "";
    try {
      const name = encodeURIComponent(store.get().timelineName ?? "");
      description = await api.post(`/api/sessions/{session}/timeline?name=${name}`, next);
      asked = next;
      if (keepIt && store.get().timeline) store.edit({ timeline: next });
    } catch (reason) {
      tellProblem(reason);
    }
    draw();
  }

  function draw() {
    if (!description) return;
    const { frames, fps: rate, size: longest, commands } = description;
    const still = suffix === ".png";
    const seconds = Number((frames / rate).toFixed(2));
    const words = FORMATS.find(([value]) => value === suffix)?.[2] ?? "";
    about.textContent = still ? `${words}.` : `${words}. ${frames} frames, ${seconds} s.`;
    fps.input.value = String(rate);
    size.input.value = longest === null ? "" : String(longest);
    command.textContent = commands[suffix];
    notes.draw(description);
  }

  /** @param {unknown} reason */
  function tellProblem(reason) {
    problem.textContent = reason instanceof Error ? reason.message : String(reason);
  }

  async function copyCommand() {
    try {
      await navigator.clipboard.writeText(command.textContent ?? "");
      messages.say("Copied");
    } catch {
      getSelection()?.selectAllChildren(command); // without permission: ready for Ctrl+C
    }
  }

  /** The stem of the files that are saved. */
  function findStem() {
    return /(\S+|'.*')\.json/.exec(description?.commands[suffix] ?? "")?.[1].replaceAll("'", "") ?? "clip";
  }

  async function saveKeys() {
    try {
      const { text } = await api.post("/api/sessions/{session}/timeline/text", asked);
      saveText(text, `${findStem()}.json`);
    } catch (reason) {
      tellProblem(reason);
    }
  }

  /** @param {boolean} working */
  function setWorking(working) {
    start.disabled = working;
    cancel.hidden = !working;
    for (const input of dialog.querySelectorAll("input")) input.toggleAttribute("data-busy", working);
    if (!working) progress.hide();
  }

  async function write() {
    problem.textContent = "";
    setWorking(true);
    progress.show("starting", 0, 0);
    try {
      job = (await api.post("/api/sessions/{session}/exports", { document: asked, suffix })).job;
      const mine = job;
      const result = await followJob(api, mine, ({ step, done, total }) => progress.show(step, done, total));
      if (!result) return;
      const path = `${pathOf(mine)}/file?name=${encodeURIComponent(findStem())}`;
      element("a", { href: api.url(path), download: "" }).click();
      messages.say(`${findStem()}${suffix}: ${result.width} × ${result.height}, ${formatBytes(result.bytes)}`);
    } catch (reason) {
      if (dialog.open) tellProblem(reason);
    } finally {
      job = "";
      setWorking(false);
    }
  }

  function stop() {
    if (job) void api.delete(pathOf(job)).catch(() => null);
  }

  store.subscribe((state) => {
    button.disabled = !state.photo;
  });
}

/** @param {number} bytes */
function formatBytes(bytes) {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
