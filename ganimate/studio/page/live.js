/**
 * The live connection: what to show goes up, pictures come down. The newest request wins; the
 * server drops those that it did not begin.
 *
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./types.js").Values} Values
 * @typedef {ReturnType<typeof createLive>} Live
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

/**
 * @param {Api} api
 */
export function createLive(api) {
  /** @type {WebSocket | null} */
  let socket = null;
  let newest = 0;
  let drawn = 0;
  let failures = 0;
  /** @type {string | null} what was asked for last, for a connection that comes back */
  let wanted = null;

  /** @type {Set<(frame: Frame) => void>} */
  const frameListeners = new Set();
  /** @type {Map<string, Set<(message: any) => void>>} */
  const messageListeners = new Map();
  /** @type {Set<(state: Connection) => void>} */
  const stateListeners = new Set();

  /** @param {Connection} state */
  function tell(state) {
    for (const listener of stateListeners) listener(state);
  }

  /** @param {ArrayBuffer} data */
  async function receivePicture(data) {
    const header = new DataView(data, 0, HEADER_BYTES);
    const id = header.getUint32(0, true);
    const rest = header.getUint8(4) === KIND_AT_REST;
    const cost = header.getUint16(6, true);
    const bitmap = await createImageBitmap(new Blob([data.slice(HEADER_BYTES)]), {
      colorSpaceConversion: "none",
      premultiplyAlpha: "none",
    });
    if (id < drawn) return bitmap.close(); // a newer one was decoded first
    drawn = id;
    for (const listener of frameListeners) listener({ id, rest, cost, bitmap });
  }

  /** @param {MessageEvent} event */
  function receive(event) {
    if (event.data instanceof ArrayBuffer) return void receivePicture(event.data);
    const message = JSON.parse(event.data);
    for (const listener of messageListeners.get(message.type) ?? []) listener(message);
  }

  function connect() {
    const opened = new WebSocket(api.socketUrl("/api/sessions/{session}/live"));
    opened.binaryType = "arraybuffer";
    socket = opened;
    opened.onmessage = receive;
    opened.onopen = () => {
      failures = 0;
      tell("open");
      if (wanted) opened.send(wanted);
    };
    opened.onclose = ({ code }) => {
      if (socket !== opened) return; // closed by us, for another session
      socket = null;
      if (code === GONE) return tell("gone");
      if (code === TAKEN) return tell("taken");
      tell("lost");
      const wait = RETRY_AFTER[Math.min(failures, RETRY_AFTER.length - 1)];
      failures += 1;
      setTimeout(() => socket ?? connect(), wait);
    };
  }

  /** @param {Record<string, unknown>} message */
  function ask(message) {
    newest += 1;
    wanted = JSON.stringify({ id: newest, ...message });
    if (socket?.readyState === WebSocket.OPEN) socket.send(wanted);
    return newest;
  }

  return {
    /** Connects to the session of the api; a connection to another one is closed. */
    connect() {
      const previous = socket;
      socket = null;
      wanted = null;
      previous?.close();
      connect();
    },

    /**
     * Asks for a picture of an expression.
     *
     * @param {{values: Values, view: string, rest: boolean}} wish - values of the channels that
     *     differ from the photo; `rest` asks for the full picture
     * @returns {number} the request's id
     */
    show: (wish) => ask(wish),

    /**
     * Asks for a frame of a timeline.
     *
     * @param {{at: number, version: number, view: string, rest: boolean}} wish - `at` in seconds;
     *     `version` of the document, as the server numbered it
     * @returns {number} the request's id
     */
    showDocument: (wish) => ask(wish),

    /**
     * Sends any other message; it is lost while there is no connection.
     *
     * @param {Record<string, unknown>} message
     */
    send(message) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },

    /** The id of the newest request. */
    newest: () => newest,

    /** @param {(frame: Frame) => void} listener - called with each picture, none older than before */
    onFrame: (listener) => void frameListeners.add(listener),

    /**
     * @param {string} type
     * @param {(message: any) => void} listener - called with the server's JSON messages of the type
     */
    onMessage(type, listener) {
      const listeners = messageListeners.get(type) ?? new Set();
      messageListeners.set(type, listeners.add(listener));
    },

    /** @param {(state: Connection) => void} listener */
    onState: (listener) => void stateListeners.add(listener),
  };
}
