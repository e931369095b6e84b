/** A bar that shows how far a job is, with what is being done. */

import { element } from "./elements.js";

export function makeProgress() {
  const words = element("span", {});
  const count = element("span", { class: "mono muted" });
  const bar = element("progress", { "aria-label": "Progress" });
  const root = element("div", { class: "progress", hidden: true }, element("p", { role: "status" }, words), count, bar);
  return {
    root,

    /** @param {string} step @param {number} done @param {number} total - 0 where it is not known */
    show(step, done, total) {
      root.hidden = false;
      const sentence = step.charAt(0).toUpperCase() + step.slice(1);
      if (words.textContent !== sentence) words.textContent = sentence;
      count.textContent = total ? `${Math.min(done, total)} / ${total}` : done ? String(done) : "";
      if (total) {
        bar.max = total;
        bar.value = Math.min(done, total);
      } else bar.removeAttribute("value");
    },

    hide() {
      root.hidden = true;
    },
  };
}
