/**
 * The panel of sliders, one for each channel that the server names, under the headings that it
 * gives them.
 *
 * @typedef {import("./store.js").Store} Store
 * @typedef {import("./types.js").Channel} Channel
 * @typedef {import("./types.js").Photo} Photo
 * @typedef {import("./types.js").State} State
 * @typedef {import("./types.js").Values} Values
 * @typedef {import("./expression.js").Leaf} Leaf
 * @typedef {import("./slider.js").Slider} Slider
 * @typedef {import("./pictures.js").Pictures} Pictures
 *
 * @typedef {Object} Row
 * @property {HTMLLIElement} item
 * @property {(state: State, asked: Values) => void} show - `asked` is what the face shows with the
 *     intensity of the whole
 */

import { element, find, icon } from "./elements.js";
import { listLeavesOf, showValues } from "./expression.js";
import { makeSlider } from "./slider.js";

const SIDE_NAMES = Object.freeze({ left: "Left", right: "Right" });

/**
 * A list without an entry, or with it.
 *
 * @param {ReadonlyArray<string>} list
 * @param {string} entry
 */
function toggle(list, entry) {
  return list.includes(entry) ? list.filter((one) => one !== entry) : [...list, entry];
}

/**
 * @param {number[]} numbers
 */
function average(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/**
 * What a slider has to show.
 *
 * @param {ReadonlyArray<Leaf>} leaves - what it sets
 * @param {State} state
 * @param {Values} asked
 * @returns {import("./slider.js").Reading}
 */
function read(leaves, state, asked) {
  const { edits, playing, shown, measured } = state;
  const set = (playing ? shown : edits) ?? {};
  const again = leaves.map(({ id, channel }) => measured?.[id] ?? measured?.[channel.id]);
  return {
    value: average(leaves.map(({ id, value }) => set[id] ?? value)),
    changed: leaves.some(
      ({ id, value, channel }) => Math.abs((set[id] ?? value) - value) >= channel.step / 2,
    ),
    asked: average(leaves.map(({ id }) => asked[id])),
    again: again.every((value) => value !== undefined) ? average(again) : undefined,
  };
}

/**
 * @param {{store: Store, pictures: Pictures}} page
 */
export function mountSliders(page) {
  const { store } = page;
  const root = find("sliders", HTMLElement);
  /** @type {Row[]} */
  let rows = [];

  store.subscribe((state, previous) => {
    if (state.photo !== previous.photo) {
      rows = (state.photo?.channels ?? []).map((channel) => makeRow(channel, page));
      root.replaceChildren(...group(state.photo?.channels ?? [], rows));
    }
    const asked = showValues(state);
    for (const row of rows) row.show(state, asked);
  });
}

/**
 * Rows under their headings, in the order of the server.
 *
 * @param {ReadonlyArray<Channel>} channels
 * @param {ReadonlyArray<Row>} rows
 */
function group(channels, rows) {
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  channels.forEach((channel, index) => {
    groups.set(channel.group, [...(groups.get(channel.group) ?? []), rows[index]]);
  });
  return [...groups].map(([name, members]) =>
    element(
      "section",
      { class: "slider-group", "aria-label": name },
      element("h3", {}, name),
      element("ul", {}, ...members.map(({ item }) => item)),
    ),
  );
}

/**
 * @param {Channel} channel
 * @param {{store: Store, pictures: Pictures}} page
 * @returns {Row}
 */
function makeRow(channel, page) {
  const { store } = page;
  const leaves = listLeavesOf(channel);
  const whole = makeSlider({ channel, id: channel.id, name: nameChannel(channel), leaves }, page);
  const lock = makeLock(channel, store);
  const sides = channel.sides.map(({ id, side }, index) => {
    const name = `${nameChannel(channel)}, the person’s ${side}`;
    const slider = makeSlider({ channel, id, name, leaves: [leaves[index]] }, page);
    return { leaf: leaves[index], slider, row: makeSideRow(SIDE_NAMES[side], slider) };
  });
  const list = element("ul", { class: "sides", id: `sides-${channel.id}` }, ...sides.map((s) => s.row));
  const fold = sides.length ? makeFold(channel, store) : null;
  const row = element(
    "div",
    { class: "channel-row" },
    fold ?? element("span"),
    element("span", { class: "channel-number mono" }, channel.number),
    element("label", { class: "channel-name", for: whole.input.id, title: channel.about }, channel.name),
    whole.track,
    whole.value,
    whole.measured,
    lock,
  );
  const item = element("li", { class: "channel", "data-channel": channel.id }, row);
  if (fold) item.append(list);
  return {
    item,
    show(state, asked) {
      const unfolded = state.unfolded.includes(channel.id);
      const locked = state.locks.includes(channel.id);
      const reading = read(leaves, state, asked);
      whole.show(reading);
      item.toggleAttribute("data-changed", reading.changed);
      lock.setAttribute("aria-pressed", String(locked));
      fold?.setAttribute("aria-expanded", String(unfolded));
      list.hidden = !unfolded;
      if (!unfolded) return;
      for (const { leaf, slider, row: side } of sides) {
        const sideReading = read([leaf], state, asked);
        slider.show(sideReading);
        side.toggleAttribute("data-changed", sideReading.changed);
      }
    },
  };
}

/** @param {Channel} channel */
function nameChannel({ number, name }) {
  return number ? `${number} ${name}` : name;
}

/**
 * @param {string} name
 * @param {Slider} slider
 */
function makeSideRow(name, slider) {
  return element(
    "li",
    { class: "side channel-row" },
    element("span"),
    element("span"),
    element("label", { class: "channel-name", for: slider.input.id, title: "The person’s own" }, name),
    slider.track,
    slider.value,
    slider.measured,
    element("span"),
  );
}

/**
 * @param {Channel} channel
 * @param {Store} store
 */
function makeLock(channel, store) {
  const closed = icon("locked");
  const open = icon("unlocked");
  closed.dataset.when = "locked";
  open.dataset.when = "unlocked";
  return element(
    "button",
    {
      type: "button",
      class: "channel-lock icon-button",
      "aria-label": `Lock ${nameChannel(channel)}`,
      title: "Lock: Randomize and presets leave it as it is",
      click: () => store.set({ locks: toggle(store.get().locks, channel.id) }),
    },
    closed,
    open,
  );
}

/**
 * @param {Channel} channel
 * @param {Store} store
 */
function makeFold(channel, store) {
  return element(
    "button",
    {
      type: "button",
      class: "channel-fold icon-button",
      "aria-controls": `sides-${channel.id}`,
      "aria-label": `Left and right of ${nameChannel(channel)}`,
      title: "Left and right",
      click: () => store.set({ unfolded: toggle(store.get().unfolded, channel.id) }),
    },
    icon("right"),
  );
}
