// @ts-check

import { asWritten, freshId } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").FromBrowser} FromBrowser
 * @typedef {import("./protocol.js").Write} Write
 */

/** A press that comes so late is not what the person wants any more. */
const LATEST_COMMAND_MS = 15_000;
/** After an interruption so many texts go out at once, and the others one by one: the server takes no more. */
const TEXTS_AT_ONCE = 20;

/** What a person does while the socket is away. */
export class Outbox {
  #send;
  /** Texts that are not in the chat yet, by their keys. @type {Map<string, Write>} */
  #unread = new Map();
  /** The keys of those that have to wait for their turn. @type {string[]} */
  #queued = [];
  /** @type {{ at: number, message: FromBrowser }[]} */
  #commands = [];

  /** @param {(message: FromBrowser) => boolean} send  says whether it went out */
  constructor(send) {
    this.#send = send;
  }

  /** Kept until it is in the chat, over all interruptions. @param {string} text */
  write(text) {
    const written = asWritten(text);
    if (!written) return;
    /** @type {Write} */
    const message = { type: "write", key: freshId(), text: written };
    this.#unread.set(message.key, message);
    if (this.#queued.length) this.#queued.push(message.key);
    else this.#send(message);
  }

  /** It is in the chat. @param {string} key */
  wasRead(key) {
    if (this.#unread.delete(key)) this.#queued = this.#queued.filter((queued) => queued !== key);
  }

  /** Done as soon as there is a socket again, if that is soon. @param {FromBrowser} message */
  command(message) {
    if (!this.#send(message)) this.#commands.push({ at: performance.now(), message });
  }

  /** The socket is back. */
  catchUp() {
    const earliest = performance.now() - LATEST_COMMAND_MS;
    for (const { at, message } of this.#commands) if (at > earliest) this.#send(message);
    this.#commands = [];
    this.#queued = [...this.#unread.keys()];
    for (let count = 0; count < TEXTS_AT_ONCE; count += 1) this.writeNext();
  }

  /** To be called every second. What does not go out is queued again by `catchUp`. */
  writeNext() {
    const message = this.#unread.get(this.#queued.shift() ?? "");
    if (message) this.#send(message);
  }

  /** The person is out of the call: what was pressed in it is done no more. Texts stay. */
  leave() {
    this.#commands = [];
    this.#queued = [];
  }
}
