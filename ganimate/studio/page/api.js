/**
 * Requests to the server that sent the page.
 *
 * @typedef {ReturnType<typeof createApi>} Api
 */

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
 * @param {Location} place - where the page came from; its token goes with every request
 */
export function createApi(place = window.location) {
  const token = new URLSearchParams(place.search).get("token");
  let session = "";

  /** @param {string} path */
  function fill(path) {
    return path.replace("{session}", encodeURIComponent(session));
  }

  /** @param {string} path */
  function address(path) {
    const url = new URL(fill(path), place.origin);
    if (token) url.searchParams.set("token", token);
    return url;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body] - sent as it is when it is a Blob, else as JSON
   * @param {AbortSignal} [signal]
   */
  async function request(method, path, body, signal) {
    /** @type {Record<string, string>} */
    const headers = token ? { "X-Ganimate-Token": token } : {};
    /** @type {BodyInit | undefined} */
    let sent;
    if (body instanceof Blob) {
      headers["Content-Type"] = "application/octet-stream";
      sent = body;
    } else if (body !== undefined) {
      headers["Content-Type"] = "application/json";
      sent = JSON.stringify(body);
    }
    const answer = await fetch(new URL(fill(path), place.origin), {
      method,
      headers,
      body: sent,
      signal,
      credentials: "omit",
      cache: "no-store",
    }).catch((reason) => {
      if (signal?.aborted) throw reason;
      throw new StudioError(SERVER_GONE);
    });
    if (answer.ok) return answer.status === 204 ? null : answer.json();
    const problem = await answer.json().catch(() => ({}));
    throw new StudioError(
      typeof problem.error === "string" ? problem.error : `The studio answered ${answer.status}.`,
      answer.status,
    );
  }

  return {
    /** @param {string} id - what {session} stands for in paths from now on */
    useSession(id) {
      session = id;
    },
    session: () => session,

    /**
     * @param {string} path
     * @param {AbortSignal} [signal]
     */
    get: (path, signal) => request("GET", path, undefined, signal),

    /**
     * @param {string} path
     * @param {unknown} [body] - a Blob, or what JSON can say
     * @param {AbortSignal} [signal]
     */
    post: (path, body, signal) => request("POST", path, body, signal),

    /** @param {string} path */
    delete: (path) => request("DELETE", path),

    /**
     * An address for pictures and downloads, with the token.
     *
     * @param {string} path
     */
    url: (path) => address(path).href,

    /** @param {string} path */
    socketUrl(path) {
      const url = address(path);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      return url.href;
    },
  };
}
