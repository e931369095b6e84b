/**
 * One slider: a range with the photo's value marked, and what is written beside it.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").Channel} Channel
 * @typedef {import("./expression.js").Leaf} Leaf
 * @typedef {import("./pictures.js").Pictures} Pictures
 * @typedef {ReturnType<typeof makeSlider>} Slider
 *
 * @typedef {Object} Reading
 * @property {number} value - where the thumb stands
 * @property {boolean} changed - whether it was set
 * @property {number} asked - with the intensity of the whole
 * @property {number | undefined} again - measured in the last full picture
 */

import { changeEdits } from "./actions.js";
import { element } from "./elements.js";
import { format, setLeaves } from "./expression.js";
import { listenToRange } from "./range.js";

/** How far a value measured again may be from the one asked for, shares of the slider. */
const NEAR = 0.12;

/**
 * @param {object} what
 * @param {Channel} what.channel
 * @param {string} what.id - of the channel or the side
 * @param {string} what.name - read out by screen readers
 * @param {ReadonlyArray<Leaf>} what.leaves - what it sets
 * @param {{store: Store, pictures: Pictures}} page
 */
export function makeSlider({ channel, id, name, leaves }, page) {
  const gesture = `slider ${id}`;
  const photo = leaves.reduce((sum, { value }) => sum + value, 0) / leaves.length;

  /** @param {number | null} value */
  function set(value) {
    changeEdits(page.store, (edits) => setLeaves(edits, leaves, value), { gesture });
  }

  const input = element("input", {
    type: "range",
    id: `slider-${id}`,
    min: channel.min,
    max: channel.max,
    step: channel.step,
    "aria-label": name,
    title: "Double-click: back to the photo",
  });
  listenToRange(input, { set, reset: () => set(null) }, page);
  const track = element("span", { class: "slider" }, input);
  const value = element("span", { class: "channel-value mono", "aria-hidden": "true" });
  const measured = element("span", { class: "channel-measured mono" });

  /** @param {number} number */
  const share = (number) =>
    Math.min(1, Math.max(0, (number - channel.min) / (channel.max - channel.min)));

  track.style.setProperty("--photo", String(share(photo)));

  return {
    input,
    track,
    value,
    measured,

    /** @param {Reading} reading */
    show(reading) {
      const at = share(reading.value);
      input.valueAsNumber = reading.value;
      input.setAttribute("aria-valuetext", format(reading.value, channel));
      track.style.setProperty("--low", String(Math.min(at, share(photo))));
      track.style.setProperty("--high", String(Math.max(at, share(photo))));
      track.toggleAttribute("data-changed", reading.changed);
      value.textContent = format(reading.value, channel);
      const { again } = reading;
      track.toggleAttribute("data-again", again !== undefined);
      measured.textContent = again === undefined ? "" : format(again, channel);
      if (again === undefined) return;
      track.style.setProperty("--again", String(share(again)));
      const off = Math.abs(share(again) - share(reading.asked)) > NEAR;
      measured.toggleAttribute("data-off", off);
      measured.title = `Asked for ${format(reading.asked, channel)}, measured ${format(again, channel)}`;
    },
  };
}
