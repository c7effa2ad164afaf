// @ts-check

import { FINAL, parse } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").FromBrowser} FromBrowser
 * @typedef {import("./protocol.js").ToBrowser} ToBrowser
 */

/** The server pings every four seconds; three pings missing are a dead socket. */
const SILENCE_MS = 12_000;
/** One ping missing is enough when the browser says that the network has changed. */
const DOUBT_MS = 5000;
const OPENING_MS = 6000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5000;
/** A socket that breaks sooner has not shown that the server is well again. */
const STABLE_MS = 5000;

/**
 * The socket of a room, which comes back by itself with the same page load. Events: `message` (ToBrowser; pings are
 * answered here), `joined` after each welcome, `lost` each time that it breaks or does not come up, `closed`
 * { code, reason } when the server wants this page no more.
 */
export class Signalling extends EventTarget {
  #url;
  #join;
  /** @type {WebSocket | null} */
  #socket = null;
  #joined = false;
  #everJoined = false;
  #attempts = 0;
  #openedAt = 0;
  #heardAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #watch;

  /**
   * @param {string} path
   * @param {import("./protocol.js").Join} join
   */
  constructor(path, join) {
    super();
    const url = new URL(path, window.location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.#url = url;
    this.#join = join;
  }

  get joined() {
    return this.#joined;
  }

  start() {
    this.#watch = setInterval(() => this.#look(), 1000);
    window.addEventListener("online", this.#online);
    this.#open();
  }

  /** Whether it went out. What does not is the sender's to say again after `joined`. @param {FromBrowser} message */
  send(message) {
    if (!this.#joined || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  stop() {
    this.#joined = false;
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    window.removeEventListener("online", this.#online);
    this.#abandon();
  }

  #open() {
    clearTimeout(this.#retry);
    this.#abandon();
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#openedAt = performance.now();
    socket.onopen = () => {
      this.#heardAt = performance.now();
      socket.send(JSON.stringify(this.#everJoined ? { ...this.#join, again: true } : this.#join));
    };
    socket.onmessage = ({ data }) => this.#hear(parse(data));
    socket.onclose = ({ code, reason }) => {
      if (FINAL.has(code)) this.#refused(code, reason);
      else this.#broken();
    };
  }

  /** @param {ToBrowser} message */
  #hear(message) {
    this.#heardAt = performance.now();
    if (message.type === "ping") {
      this.send({ type: "pong" });
      return;
    }
    if (message.type === "welcome") this.#joined = this.#everJoined = true;
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
    if (message.type === "welcome") this.dispatchEvent(new CustomEvent("joined"));
  }

  #broken() {
    this.#abandon();
    const wasJoined = this.#joined;
    this.#joined = false;
    if (wasJoined && performance.now() - this.#openedAt > STABLE_MS) this.#attempts = 0;
    const longest = Math.min(FIRST_DELAY_MS * 2 ** this.#attempts, LONGEST_DELAY_MS);
    this.#attempts += 1;
    // Everybody in the room lost the same server: they should not all come back in the same instant.
    this.#retry = setTimeout(() => this.#open(), longest * (0.7 + 0.3 * Math.random()));
    this.dispatchEvent(new CustomEvent("lost"));
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #refused(code, reason) {
    this.stop();
    this.dispatchEvent(new CustomEvent("closed", { detail: { code, reason } }));
  }

  #look() {
    const now = performance.now();
    const state = this.#socket?.readyState;
    const dead =
      (state === WebSocket.OPEN && now - this.#heardAt > SILENCE_MS) ||
      (state === WebSocket.CONNECTING && now - this.#openedAt > OPENING_MS);
    if (dead) this.#broken();
  }

  #online = () => {
    if (this.#socket?.readyState === WebSocket.OPEN) {
      if (performance.now() - this.#heardAt < DOUBT_MS) return;
      this.#broken();
    }
    this.#attempts = 0;
    this.#open();
  };

  /** Closing a socket whose network is gone takes minutes; nobody waits for it. */
  #abandon() {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
