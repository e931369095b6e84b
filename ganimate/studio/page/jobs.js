/**
 * What takes the server longer than an answer is waited for.
 *
 * @typedef {import("./api.js").Api} Api
 *
 * @typedef {Object} Progress
 * @property {"waiting" | "running" | "done" | "failed" | "cancelled"} state
 * @property {string} step - what is being done
 * @property {number} done
 * @property {number} total - 0 where it is not known
 * @property {string | null} error
 * @property {any} result
 */

import { StudioError } from "./api.js";

/** Milliseconds between two looks at a job. */
const LOOK_EVERY = 200;

/**
 * Waits for a job.
 *
 * @param {Api} api
 * @param {string} job
 * @param {(progress: Progress) => void} show
 * @returns {Promise<any | null>} its result; null if it was cancelled
 */
export async function followJob(api, job, show) {
  for (;;) {
    /** @type {Progress} */
    const progress = await api.get(pathOf(job));
    show(progress);
    if (progress.state === "done") return progress.result;
    if (progress.state === "cancelled") return null;
    if (progress.state === "failed") throw new StudioError(progress.error ?? "It failed.");
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}

/** @param {string} job */
export function pathOf(job) {
  return `/api/sessions/{session}/jobs/${encodeURIComponent(job)}`;
}
