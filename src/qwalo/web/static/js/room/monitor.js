// @ts-check

import { Bitrate, MICROPHONE } from "./bitrate.js";
import { between, level, received, sent } from "./quality.js";

/**
 * @typedef {import("./quality.js").Level} Level
 * @typedef {import("./quality.js").Received} Received
 */

/** Measures the connection with one other person, and limits what is sent to what it can bear. */
export class Monitor {
  #peer;
  #bitrate;
  #busy = false;
  /** Numbers of another connection have nothing to do with those of this one. @type {unknown} */
  #connection = null;
  /** The last two, between which a moment is too short to tell. @type {Received[]} */
  #recent = [];
  /** The last one that was reported. @type {Received | null} */
  #reported = null;
  /** @type {Level | null} */
  #level = null;

  /**
   * @param {import("./peer.js").Peer} peer
   * @param {{ forObserver: boolean }} options
   */
  constructor(peer, options) {
    this.#peer = peer;
    this.#bitrate = new Bitrate(options);
    peer.addEventListener("agreed", () => void this.#limit());
  }

  /** How well one receives them. */
  get level() {
    return this.#peer.connected ? this.#level : null;
  }

  /** Whether the camera is held back so that the voice gets through. */
  get cameraPaused() {
    return this.#bitrate.paused;
  }

  /** The same of the screen. */
  get screenPaused() {
    return this.#bitrate.screenPaused;
  }

  /** To be called every two seconds. Resolves to whether something has changed that can be seen. */
  async sample() {
    const { connection } = this.#peer;
    if (!connection || !this.#peer.connected || this.#busy) return false;
    this.#busy = true;
    try {
      const report = await connection.statistics();
      return connection === this.#peer.connection && (await this.#take(report));
    } finally {
      this.#busy = false;
    }
  }

  /** What was received since it was last asked. */
  measured() {
    const latest = this.#recent.at(-1);
    if (!this.#peer.connected || !latest || !this.#reported || latest === this.#reported) return null;
    const measured = between(this.#reported, latest);
    this.#reported = latest;
    return measured;
  }

  /** @param {RTCStatsReport} report */
  async #take(report) {
    const now = received(report);
    if (this.#connection !== this.#peer.connection) {
      this.#connection = this.#peer.connection;
      this.#recent = [];
      this.#reported = now;
    }
    const { paused, screenPaused } = this.#bitrate;
    const wasLevel = this.#level;
    this.#level = this.#levelAt(now);
    this.#recent = [...this.#recent.slice(-1), now];
    if (this.#bitrate.sample(sent(report), this.#peer.sharing)) await this.#limit();
    const held = paused !== this.#bitrate.paused || screenPaused !== this.#bitrate.screenPaused;
    return held || wasLevel !== this.#level;
  }

  /** @param {Received} now */
  #levelAt(now) {
    const [before] = this.#recent;
    if (!before) return null;
    const silent = now.packets === this.#recent.at(-1)?.packets;
    return silent && this.#expecting ? "poor" : level(between(before, now), now.at - before.at);
  }

  /** Whether something should be coming. */
  get #expecting() {
    const { microphone, camera, screen } = this.#peer.media;
    return microphone || camera || screen;
  }

  async #limit() {
    const { connection } = this.#peer;
    if (!connection) return;
    await connection.limit("microphone", MICROPHONE);
    await connection.limit("camera", this.#bitrate.camera);
    await connection.limit("screen", this.#bitrate.screen);
  }
}
