/**
 * How a range is moved by hand: dragged, stepped by keys, set back; and which of that is one step
 * of undo.
 *
 * @typedef {import("./pictures.js").Pictures} Pictures
 * @typedef {import("./store.js").Store} Store
 *
 * @typedef {Object} RangeUse
 * @property {(value: number) => void} set - takes a new value, in a gesture of the store
 * @property {() => void} reset - takes the value back that the range had at first
 */

/** Steps of an arrow key with Shift, and of Page Up and Page Down. */
const BIG_STEP = 10;

/** Keys that move a range by several steps. */
const BIG_MOVES = /** @type {Readonly<Record<string, number>>} */ ({
  PageUp: BIG_STEP,
  PageDown: -BIG_STEP,
  "Shift+ArrowUp": BIG_STEP,
  "Shift+ArrowRight": BIG_STEP,
  "Shift+ArrowDown": -BIG_STEP,
  "Shift+ArrowLeft": -BIG_STEP,
});

/**
 * Listens to a range. One drag is a step of undo, and so is a run of keys, and a double click with
 * the clicks that it begins with.
 *
 * @param {HTMLInputElement} input
 * @param {RangeUse} use
 * @param {{store: Store, pictures: Pictures}} page
 */
export function listenToRange(input, { set, reset }, { store, pictures }) {
  let byKeys = false;

  /** @param {boolean} keys */
  function begin(keys) {
    if (keys && byKeys) return; // the same run
    byKeys = keys;
    store.settle();
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = BIG_MOVES[`${event.shiftKey ? "Shift+" : ""}${event.key}`];
    const isReset = event.key === "Delete" || event.key === "Backspace";
    begin(true);
    if (steps !== undefined) {
      input.valueAsNumber += steps * Number(input.step);
      set(input.valueAsNumber);
    } else if (isReset) reset();
    else return;
    event.preventDefault();
  }

  input.addEventListener("input", () => set(input.valueAsNumber));
  input.addEventListener("change", () => {
    if (!byKeys) pictures.rest(); // keys may be pressed again at once
  });
  input.addEventListener("mousedown", ({ detail: clicks }) => {
    if (clicks < 2) begin(false);
  });
  input.addEventListener("touchstart", () => begin(false), { passive: true });
  input.addEventListener("keydown", press);
  input.addEventListener("dblclick", () => {
    reset();
    pictures.rest();
  });
  input.addEventListener("blur", () => {
    byKeys = false;
    store.settle();
  });
}
