/** Requests to the server that sent the page. */

/** What went wrong, as a sentence for people. */
export class StudioError extends Error {
  /**
   * @param {string} sentence
   * @param {number} status - of HTTP; 0 when no answer came
   */
  constructor(sentence, status = 0) {
    super(sentence);
    this.status = status;
  }
}

export const SERVER_GONE =
  "The studio does not answer. If it was stopped, start it again on the command line.";

/**
 * The server, as one session sees it. Paths may have {session} in them.
 */
export class Api {
  #origin;
  #token;
  #session = "";

  /** @param {Location} place - where the page came from; its token goes with every request */
  constructor(place = window.location) {
    this.#origin = place.origin;
    this.#token = new URLSearchParams(place.search).get("token");
  }

  /** Id that {session} stands for. */
  session() {
    return this.#session;
  }

  /** @param {string} id - what {session} stands for from now on */
  useSession(id) {
    this.#session = id;
  }

  /**
   * @param {string} path
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  get(path, signal) {
    return this.#request("GET", path, { signal });
  }

  /**
   * @param {string} path
   * @param {unknown} [body] - a Blob, or what JSON can say
   * @param {AbortSignal} [signal]
   * @returns {Promise<any>}
   */
  post(path, body, signal) {
    return this.#request("POST", path, { body, signal });
  }

  /**
   * @param {string} path
   * @returns {Promise<any>}
   */
  delete(path) {
    return this.#request("DELETE", path);
  }

  /**
   * An address for pictures and downloads, with the token.
   *
   * @param {string} path
   */
  url(path) {
    const url = this.#locate(path);
    if (this.#token) url.searchParams.set("token", this.#token);
    return url.href;
  }

  /** @param {string} path */
  socketUrl(path) {
    return this.url(path).replace(/^http/, "ws");
  }

  /** @param {string} path */
  #locate(path) {
    return new URL(path.replace("{session}", encodeURIComponent(this.#session)), this.#origin);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: unknown, signal?: AbortSignal}} [options]
   */
  async #request(method, path, { body, signal } = {}) {
    const packed = pack(body);
    const answer = await fetch(this.#locate(path), {
      method,
      body: packed.body,
      headers: this.#token ? { ...packed.type, "X-Ganimate-Token": this.#token } : packed.type,
      signal,
      credentials: "omit",
      cache: "no-store",
    }).catch((reason) => {
      if (signal?.aborted) throw reason;
      throw new StudioError(SERVER_GONE);
    });
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const problem = await answer.json().catch(() => ({}));
    const sentence = problem.error ?? `The studio answered ${answer.status}.`;
    throw new StudioError(String(sentence), answer.status);
  }
}

/**
 * A body and its type, as fetch takes them.
 *
 * @param {unknown} body - a Blob is sent as it is, anything else as JSON
 * @returns {{body?: BodyInit, type: Record<string, string>}}
 */
function pack(body) {
  if (body === undefined) return { type: {} };
  if (body instanceof Blob) return { body, type: { "Content-Type": "application/octet-stream" } };
  return { body: JSON.stringify(body), type: { "Content-Type": "application/json" } };
}
