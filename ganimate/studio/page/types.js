/**
 * The records that modules of the page hand to each other. Types only: nothing runs here.
 *
 * @typedef {Object} Side
 * @property {string} id - the channel's id for one side of the face, such as "AU12L"
 * @property {"left" | "right"} side - the person's own
 * @property {number} measured - what the photo shows
 *
 * @typedef {Object} Channel
 * @property {string} id - "AU12", "yaw"
 * @property {string} number - of an action unit in FACS, two digits; empty for other channels
 * @property {string} name - shown and read out
 * @property {string} group - heading that it stands under
 * @property {string} about - what moves
 * @property {string} unit - "" for intensities, "degrees" for angles
 * @property {number} min
 * @property {number} max
 * @property {number} step - of an arrow key; ten of them with Shift
 * @property {number} measured - what the photo shows; the mean of both sides
 * @property {ReadonlyArray<Side>} sides - both, or none
 *
 * @typedef {[left: number, top: number, width: number, height: number]} Box
 * In pixels of the photo.
 *
 * @typedef {Object} Face
 * @property {number} index - in the photo
 * @property {Box} box - where it is
 * @property {boolean} usable - whether it can be moved
 * @property {string | null} why - what keeps it from being moved, a sentence
 *
 * @typedef {Object} Preset
 * @property {string} id - name in the library
 * @property {string} name - shown on its button
 * @property {string} description - one line
 * @property {Values} values - of the channels that differ from this photo
 *
 * @typedef {Object} Size
 * @property {number} width - pixels
 * @property {number} height - pixels
 *
 * @typedef {Object} Photo
 * @property {string} name - of its file
 * @property {number} width - pixels
 * @property {number} height - pixels
 * @property {Size} preview - of the pictures while a slider is dragged
 * @property {number} face - index of the one that the sliders move
 * @property {ReadonlyArray<Face>} faces
 * @property {ReadonlyArray<Channel>} channels
 * @property {ReadonlyArray<Preset>} presets
 * @property {ReadonlyArray<string>} warnings - sentences
 *
 * @typedef {Readonly<Record<string, number>>} Values
 * Id of a channel without sides, or of one side -> its value. A channel that is absent has the
 * value of the photo.
 *
 * @typedef {"result" | "compare" | "attention" | "colour" | "mesh"} View
 *
 * @typedef {Readonly<{
 *   edits: Values,
 *   intensity: number,
 *   timeline: Record<string, any> | null,
 * }>} Work
 * What undo and redo step through: the values that were set, how strong the whole is (1 as it was
 * set), and the timeline's document.
 *
 * @typedef {Object} Look
 * @property {Photo | null} photo - the photo that is open
 * @property {ReadonlyArray<string>} locks - ids of channels that Randomize and presets leave alone
 * @property {ReadonlyArray<string>} unfolded - ids of channels whose sides are shown
 * @property {View} view
 * @property {boolean} measuring - whether the action units measured again are shown
 * @property {Values | null} measured - those of the last full picture
 * @property {string} timelineName - of the file that the timeline was read from; empty for a new one
 * @property {boolean} playing - whether the stage shows a timeline rather than the sliders
 * @property {Values | null} shown - what the sliders show while it does
 *
 * @typedef {Readonly<Work & Look>} State
 */

export {};
