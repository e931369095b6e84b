/**
 * Sentences for people: failures stay until they are dismissed, news goes by itself.
 *
 * @typedef {ReturnType<typeof createMessages>} Messages
 */

import { element, icon } from "./elements.js";

/** Milliseconds that news stays: long enough to read a sentence twice. */
const NEWS_STAYS = 6000;

/**
 * @param {HTMLElement} alerts - region with role "alert"
 * @param {HTMLElement} news - region with role "status"
 */
export function createMessages(alerts, news) {
  let timer = 0;

  function dismiss() {
    alerts.replaceChildren();
  }

  return {
    /** @param {unknown} problem - an error with a sentence, or the sentence */
    fail(problem) {
      const sentence = problem instanceof Error ? problem.message : String(problem);
      const close = element(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Dismiss", click: dismiss },
        icon("close"),
      );
      alerts.replaceChildren(
        element("div", { class: "message failure" }, icon("warning"), element("p", {}, sentence), close),
      );
    },

    dismiss,

    /** @param {string} sentence */
    say(sentence) {
      clearTimeout(timer);
      news.replaceChildren(element("div", { class: "message" }, element("p", {}, sentence)));
      timer = window.setTimeout(() => news.replaceChildren(), NEWS_STAYS);
    },
  };
}
