// @ts-check

/** @typedef {import("./capture.js").Kind | "screen"} Asked */

/** What the browser is being asked for, one request for each kind at a time. The answer to any other is too late. */
export class Requests {
  /** @type {Map<Asked, number>} */
  #open = new Map();
  #count = 0;

  /** @param {Asked} kind */
  has(kind) {
    return this.#open.has(kind);
  }

  /** @param {Asked[]} kinds @returns {number} the request */
  begin(kinds) {
    this.#count += 1;
    for (const kind of kinds) this.#open.set(kind, this.#count);
    return this.#count;
  }

  /**
   * Whether this request is the one whose answer is waited for.
   * @param {Asked} kind
   * @param {number} request
   */
  awaits(kind, request) {
    return this.#open.get(kind) === request;
  }

  /**
   * The same, and then it is waited for no more.
   * @param {Asked} kind
   * @param {number} request
   */
  settle(kind, request) {
    return this.awaits(kind, request) && this.#open.delete(kind);
  }

  /** Nothing is waited for any more. */
  clear() {
    this.#open.clear();
  }
}
