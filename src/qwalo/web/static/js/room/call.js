// @ts-check

import { Outbox } from "./outbox.js";
import { Peers } from "./peers.js";
import { freshId } from "./protocol.js";
import { Signalling } from "./signalling.js";

/**
 * @typedef {import("./protocol.js").Media} Media
 * @typedef {import("./protocol.js").Role} Role
 * @typedef {import("./protocol.js").Mode} Mode
 * @typedef {import("./protocol.js").Written} Written
 * @typedef {import("./protocol.js").FromBrowser} FromBrowser
 * @typedef {import("./quality.js").Level} Level
 * @typedef {import("./connection.js").Tracks} Tracks
 * @typedef {import("./peers.js").Remote} Remote
 */

const CHECK_MS = 500;
const SAMPLE_MS = 2000;
const REPORT_MS = 10_000;
const TEXT_MS = 1000;

/**
 * The call as the page sees it. Events, each a `CustomEvent` with a detail:
 * `welcome` Welcome; `state` State; `chat` Written[], never the same twice; `socket` { connected }, also when the
 * first connection does not come up; `closed` { code, reason }, after which nothing comes; `participants` Remote[], whenever anything of them changed.
 */
export class Call extends EventTarget {
  #options;
  #name = "";
  /** @type {Signalling | null} */
  #signalling = null;
  /** @type {Peers | null} */
  #peers = null;
  /** @type {Media} */
  #media = { microphone: false, camera: false, screen: false };
  /** @type {ReturnType<typeof setInterval>[]} */
  #timers = [];
  /** @type {Set<string>} */
  #read = new Set();
  #outbox = new Outbox((/** @type {FromBrowser} */ message) => this.#signalling?.send(message) ?? false);
  /** What the page was told of the socket; null: nothing yet. @type {boolean | null} */
  #connected = null;
  #caughtUp = false;
  #announced = false;
  #suspended = false;
  /** What is sent. @type {Tracks} */
  tracks = { microphone: null, camera: null, screen: null };

  /** @param {{ socketUrl: string, role: Role, mode: Mode }} options */
  constructor(options) {
    super();
    this.#options = options;
  }

  /** What is sent from now on, also before `join`. @param {Tracks} tracks */
  setTracks(tracks) {
    this.tracks = { ...tracks };
    this.#peers?.setTracks(this.tracks);
  }

  /** What the others are told that is sent. @param {Media} media */
  setMedia({ microphone, camera, screen }) {
    this.#media = { microphone, camera, screen };
    this.#peers?.setMedia(this.#media);
  }

  /** Each time as another page load, also after having left. @param {string} [name] */
  join(name) {
    this.#stop();
    this.#name = name?.trim() ?? "";
    const join = { type: /** @type {const} */ ("join"), load: freshId() };
    const signalling = new Signalling(this.#options.socketUrl, this.#name ? { ...join, name: this.#name } : join);
    signalling.addEventListener("message", (event) => {
      this.#hear(/** @type {CustomEvent<import("./protocol.js").ToBrowser>} */ (event).detail);
    });
    signalling.addEventListener("lost", () => this.#connection(false));
    signalling.addEventListener("closed", (event) => {
      this.#stop();
      this.#tell("closed", /** @type {CustomEvent} */ (event).detail);
    });
    this.#signalling = signalling;
    this.#timers = [
      setInterval(() => this.#peers?.check(signalling.joined), CHECK_MS),
      setInterval(() => this.#peers?.sample(), SAMPLE_MS),
      setInterval(() => this.#report(), REPORT_MS),
      setInterval(() => this.#outbox.writeNext(), TEXT_MS),
    ];
    window.addEventListener("pagehide", this.#hide);
    window.addEventListener("pageshow", this.#show);
    signalling.start();
  }

  /** One may come back. */
  leave() {
    this.#signalling?.send({ type: "leave" });
    this.#stop();
  }

  end() {
    this.#outbox.command({ type: "end" });
  }

  admit() {
    this.#outbox.command({ type: "admit" });
  }

  decline() {
    this.#outbox.command({ type: "decline" });
  }

  /** @param {string} seat */
  remove(seat) {
    this.#outbox.command({ type: "remove", seat });
  }

  /** Kept until it is in the chat, over all interruptions. @param {string} text */
  write(text) {
    this.#outbox.write(text);
  }

  /** @param {import("./protocol.js").ToBrowser} message */
  #hear(message) {
    if (message.type === "welcome") this.#welcomed(message);
    else if (message.type === "state") this.#stated(message);
    else if (message.type === "signal") this.#peers?.receive(message);
    else if (message.type === "chat") this.#chatted(message.messages);
  }

  /** @param {import("./protocol.js").Welcome} welcome */
  #welcomed(welcome) {
    this.#caughtUp = false;
    const { seat, role, iceServers, relayOnly } = welcome;
    const ice = { iceServers, relayOnly };
    if (this.#peers) {
      this.#peers.resync(ice);
    } else {
      this.#peers = new Peers({
        mode: this.#options.mode,
        own: { seat, role },
        ice,
        tracks: this.tracks,
        media: this.#media,
        say: (signal) => void this.#signalling?.send(signal),
      });
      this.#peers.addEventListener("change", () => this.#announce());
    }
    this.#tell("welcome", welcome);
    this.#connection(true);
  }

  /** @param {import("./protocol.js").State} state */
  #stated(state) {
    this.#peers?.update(state.phase === "open" ? state.others : []);
    this.#tell("state", state);
    if (state.phase !== "open" || this.#caughtUp) return;
    this.#caughtUp = true;
    this.#outbox.catchUp();
  }

  /** @param {readonly Written[]} messages */
  #chatted(messages) {
    const fresh = messages.filter(({ seat, key }) => !this.#read.has(`${seat} ${key}`));
    for (const { seat, key } of fresh) {
      this.#read.add(`${seat} ${key}`);
      this.#outbox.wasRead(key);
    }
    if (fresh.length) this.#tell("chat", fresh);
  }

  /** @param {boolean} connected */
  #connection(connected) {
    if (this.#connected === connected) return;
    this.#connected = connected;
    this.#tell("socket", { connected });
  }

  #report() {
    const measured = this.#peers?.measured();
    if (measured) this.#signalling?.send({ type: "quality", ...measured });
  }

  /** Several changes in one go are one. */
  #announce() {
    if (this.#announced) return;
    this.#announced = true;
    queueMicrotask(() => {
      this.#announced = false;
      this.#tell("participants", this.#peers?.remotes ?? []);
    });
  }

  #stop() {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    window.removeEventListener("pagehide", this.#hide);
    window.removeEventListener("pageshow", this.#show);
    this.#signalling?.stop();
    this.#signalling = null;
    this.#outbox.leave();
    this.#connected = null;
    if (!this.#peers) return;
    this.#peers.close();
    this.#peers = null;
    this.#announce();
  }

  /** The others see at once that this page is gone, and need not find out. */
  #hide = (/** @type {PageTransitionEvent} */ event) => {
    this.#stop();
    this.#suspended = event.persisted;
    if (event.persisted) window.addEventListener("pageshow", this.#show);
  };

  /** Back from the history, where the browser had kept the page as it was. */
  #show = (/** @type {PageTransitionEvent} */ event) => {
    if (event.persisted && this.#suspended) this.join(this.#name);
    this.#suspended = false;
  };

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
