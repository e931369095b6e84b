/** Files that the page gives away. */

import { element } from "./elements.js";

/** Milliseconds until the browser has taken a file over. */
const TAKEN_AFTER = 10_000;

/**
 * @param {string} text
 * @param {string} name - of the file
 */
export function saveText(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), TAKEN_AFTER);
}

/**
 * The name of a file without folders and suffix.
 *
 * @param {string} name
 */
export function findStem(name) {
  return (name.split(/[\\/]/).at(-1) ?? name).replace(/\.[^.]*$/, "");
}
