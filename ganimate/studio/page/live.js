/**
 * The live connection: what to show goes up, pictures come down. The newest request wins; the
 * server drops those that it did not begin.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./types.js").Values} Values
 * @typedef {"open" | "lost" | "gone" | "taken"} Connection
 * Open; lost and tried again; the session is gone; another tab holds the session.
 *
 * @typedef {Object} Frame
 * @property {number} id - of the request that it answers
 * @property {boolean} rest - whether it is the full picture, without loss
 * @property {number} cost - milliseconds that drawing it took
 * @property {ImageBitmap} bitmap
 */

/** Milliseconds before the connection is tried again, the longer the more often it failed. */
const RETRY_AFTER = [200, 500, 1000, 2000, 4000];

/**
 * A picture's header, little-endian: the request's id (4 bytes), the kind of picture (1), the
 * view's number (1), milliseconds that drawing took (2).
 */
const HEADER_BYTES = 8;
const KIND_AT_REST = 1;

/** Close codes of the server: the session is gone, or another tab holds it. */
const GONE = 4404;
const TAKEN = 4409;

/** The connection of the page to its session. */
export class Live {
  #api;
  /** @type {WebSocket | null} */
  #socket = null;
  /** Number of the newest request. */
  #newest = 0;
  /** What the newest picture answers. */
  #drawn = { id: 0, rest: false };
  #failures = 0;
  /** What was asked for last, for a connection that comes back. @type {string | null} */
  #wanted = null;

  /** @type {Set<(frame: Frame) => void>} */
  #frameListeners = new Set();
  /** @type {Map<string, Set<(message: any) => void>>} */
  #messageListeners = new Map();
  /** @type {Set<(state: Connection) => void>} */
  #stateListeners = new Set();

  /** @param {Api} api */
  constructor(api) {
    this.#api = api;
  }

  /** Connects to the session of the api; a connection to another one is closed. */
  connect() {
    const previous = this.#socket;
    this.#socket = null;
    this.#wanted = null;
    previous?.close();
    this.#open();
  }

  /**
   * Asks for a picture of an expression.
   *
   * @param {{values: Values, view: string, rest: boolean}} wish - values of the channels that
   *     differ from the photo; `rest` asks for the full picture
   * @returns {number} the request's id
   */
  show(wish) {
    return this.#ask(wish);
  }

  /**
   * Asks for a frame of a timeline.
   *
   * @param {{at: number, version: number, view: string, rest: boolean}} wish - `at` in seconds;
   *     `version` of the document, as the server numbered it
   * @returns {number} the request's id
   */
  showDocument(wish) {
    return this.#ask(wish);
  }

  /** The id of the newest request. */
  newest() {
    return this.#newest;
  }

  /** @param {(frame: Frame) => void} listener - called with each picture, none older than before */
  onFrame(listener) {
    this.#frameListeners.add(listener);
  }

  /**
   * @param {string} type
   * @param {(message: any) => void} listener - called with the server's JSON messages of the type
   */
  onMessage(type, listener) {
    const listeners = this.#messageListeners.get(type) ?? new Set();
    this.#messageListeners.set(type, listeners.add(listener));
  }

  /** @param {(state: Connection) => void} listener */
  onState(listener) {
    this.#stateListeners.add(listener);
  }

  /** @param {Record<string, unknown>} wish */
  #ask(wish) {
    this.#newest += 1;
    this.#wanted = JSON.stringify({ id: this.#newest, ...wish });
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(this.#wanted);
    return this.#newest;
  }

  #open() {
    const socket = new WebSocket(this.#api.socketUrl("/api/sessions/{session}/live"));
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onopen = () => {
      this.#failures = 0;
      this.#tell("open");
      if (this.#wanted) socket.send(this.#wanted);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket === socket) this.#lose(code); // else it was closed for another session
    };
    this.#socket = socket;
  }

  /** @param {number} code - with which the server closed the connection */
  #lose(code) {
    this.#socket = null;
    if (code === GONE) return this.#tell("gone");
    if (code === TAKEN) return this.#tell("taken");
    this.#tell("lost");
    const wait = RETRY_AFTER[Math.min(this.#failures, RETRY_AFTER.length - 1)];
    this.#failures += 1;
    setTimeout(() => this.#socket ?? this.#open(), wait);
  }

  /** @param {Connection} state */
  #tell(state) {
    for (const listener of this.#stateListeners) listener(state);
  }

  /** @param {ArrayBuffer | string} data */
  #receive(data) {
    if (data instanceof ArrayBuffer) return void this.#receivePicture(data);
    const message = JSON.parse(data);
    for (const listener of this.#messageListeners.get(message.type) ?? []) listener(message);
  }

  /** @param {ArrayBuffer} data */
  async #receivePicture(data) {
    const header = new DataView(data, 0, HEADER_BYTES);
    const id = header.getUint32(0, true);
    const rest = header.getUint8(4) === KIND_AT_REST;
    const cost = header.getUint16(6, true);
    const bitmap = await createImageBitmap(new Blob([data.slice(HEADER_BYTES)]), {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
    const isLate = id < this.#drawn.id || (id === this.#drawn.id && this.#drawn.rest && !rest);
    if (isLate) return bitmap.close(); // a newer one was decoded first
    this.#drawn = { id, rest };
    for (const listener of this.#frameListeners) listener({ id, rest, cost, bitmap });
  }
}
