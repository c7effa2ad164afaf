// @ts-check

import { Connection } from "./connection.js";
import { Negotiation } from "./negotiation.js";
import { Allowance } from "./pace.js";
import { LAST_GENERATION } from "./protocol.js";
import { Repair } from "./repair.js";

/**
 * @typedef {import("./protocol.js").Signal} Signal
 * @typedef {import("./protocol.js").Media} Media
 * @typedef {import("./connection.js").Ice} Ice
 * @typedef {import("./connection.js").Tracks} Tracks
 * @typedef {import("./connection.js").Source} Source
 *
 * @typedef {object} PeerOptions
 * @property {import("./protocol.js").Mode} mode
 * @property {boolean} offering  whether this side makes the offers
 * @property {boolean} sends  an observer does not
 * @property {boolean} receives
 * @property {number} generation  the last one that there has been between the two, of which nothing is left here
 * @property {Ice} ice
 * @property {Tracks} tracks
 * @property {Media} media
 * @property {(generation: number, signal: Signal) => void} signal
 */

/** The answering side gives the offering one, which acts without asking, a head start. */
const PATIENCE_MS = 1500;
/** Both sides notice the same fault; it is mended once. */
const SAME_FAULT_MS = 1500;
const UNANSWERED_MS = 4000;
const HOPELESS_MS = 30_000;
/** No page is ahead of another by more; one that says so would use up the generations that there are. */
const GENERATIONS_AHEAD = 1000;
/** What another page may ask for. More of it would be answered with more than the server takes from this page. */
const REBUILDS = { rate: 1, burst: 3 };
const REQUESTS = { rate: 0.5, burst: 3 };

/**
 * What there is between this page load and that of another person. Only one side makes offers, so two never collide,
 * which can stall a browser; the other one asks for what it needs. Each `RTCPeerConnection` that the offering side
 * builds has a generation, which all signals carry; the answering side follows. Events: `change`; `agreed` when
 * there is something new to set limits for.
 */
export class Peer extends EventTarget {
  #options;
  #repair;
  #generation;
  /** @type {Connection | null} */
  #connection = null;
  /** @type {Negotiation | null} */
  #negotiation = null;
  #everConnected = false;
  #brokenSince = performance.now();
  #closed = false;
  #rebuilds = new Allowance(REBUILDS);
  /** Those of the other side, or of this one: only one of the two asks. */
  #requests = new Allowance(REQUESTS);
  /** What the other side says that it sends. @type {Media} */
  media = { microphone: false, camera: false, screen: false };

  /** @param {PeerOptions} options */
  constructor(options) {
    super();
    this.#options = { ...options };
    this.#generation = options.generation;
    this.#repair = new Repair(options.offering ? 0 : PATIENCE_MS);
  }

  start() {
    this.#tellMedia();
    if (this.#options.offering) this.#build();
    // The other side may still hold the connection that this one has closed.
    else if (this.#generation > 0) this.#mend("rebuild");
  }

  get generation() {
    return this.#generation;
  }

  /** @returns {"connecting" | "connected" | "reconnecting" | "failed"} */
  get state() {
    if (this.connected) return "connected";
    if (performance.now() - this.#brokenSince > HOPELESS_MS) return "failed";
    return this.#everConnected ? "reconnecting" : "connecting";
  }

  get connected() {
    return this.#connection?.state === "connected";
  }

  /** Whether one's own screen is shared. */
  get sharing() {
    return this.#options.tracks.screen !== null;
  }

  /** The present one; a later generation has another. */
  get connection() {
    return this.#connection;
  }

  /** @param {Source} source */
  stream(source) {
    return this.#connection?.stream(source) ?? null;
  }

  /** @param {Tracks} tracks */
  setTracks(tracks) {
    this.#options.tracks = tracks;
    if (this.#options.sends) this.#connection?.send(tracks);
  }

  /** @param {Media} media */
  setMedia(media) {
    const before = this.#options.media;
    this.#options.media = media;
    if (JSON.stringify(before) !== JSON.stringify(media)) this.#tellMedia();
  }

  /** @param {Ice} ice */
  configure(ice) {
    this.#options.ice = ice;
    this.#connection?.configure(ice);
  }

  /**
   * @param {number} generation
   * @param {Signal} signal
   */
  receive(generation, signal) {
    if (generation > this.#generation + GENERATIONS_AHEAD) return;
    if (signal.kind === "media") {
      this.media = { microphone: signal.microphone, camera: signal.camera, screen: signal.screen };
      this.#changed();
    } else if (signal.kind === "request") {
      if (this.#options.offering) this.#requested(generation, signal.what);
    } else if (signal.kind === "candidate") {
      if (generation === this.#generation) this.#negotiation?.suggested(signal);
    } else if (signal.type === "offer") {
      if (!this.#options.offering) this.#offered(generation, signal.sdp);
    } else if (signal.type === "answer" && this.#options.offering && generation === this.#generation) {
      this.#negotiation?.answered(signal.sdp);
    }
  }

  /** Either side's socket was away and is back: what was said meanwhile is lost. */
  resync() {
    this.#tellMedia();
    this.#repair.resume(performance.now());
    if (!this.connected) this.#mend("restart");
    else if (this.#connection?.pending) this.#negotiation?.offer(true);
  }

  /** To be called often. @param {boolean} reachable  whether the two can talk through the server */
  check(reachable) {
    const now = performance.now();
    if (reachable && this.#negotiation) {
      const due = this.#repair.due(now);
      if (due) this.#mend(due);
      else if (this.#connection?.pending && now - this.#negotiation.offeredAt > UNANSWERED_MS) this.#mend("restart");
    }
    if (this.state === "failed") this.#changed();
  }

  close() {
    this.#closed = true;
    this.#negotiation?.close();
    this.#connection = this.#negotiation = null;
  }

  /** @param {"restart" | "rebuild"} what */
  #mend(what) {
    if (!this.#options.offering) {
      if (this.#requests.take()) this.#signal({ kind: "request", what });
    } else if (what === "rebuild") this.#build();
    else this.#negotiation?.offer(true);
  }

  #build() {
    if (this.#generation >= LAST_GENERATION || !this.#rebuilds.take()) return;
    const { connection, negotiation } = this.#begin(this.#generation + 1);
    connection.addTransceivers(this.#options.receives ? "sendrecv" : "sendonly");
    connection.send(this.#options.tracks);
    negotiation.offer(false);
  }

  /** @param {number} generation */
  #begin(generation) {
    this.#negotiation?.close();
    this.#generation = generation;
    const { ice, mode } = this.#options;
    /** @type {Connection} */
    const connection = new Connection({
      ice,
      mode,
      onCandidate: (candidate) => negotiation.found(candidate),
      onState: () => this.#stateChanged(connection),
    });
    const negotiation = new Negotiation(connection, {
      say: (signal) => this.#signal(signal),
      progressed: () => this.#repair.progress(performance.now()),
      agreed: () => this.#agreed(),
      broken: () => this.#repair.broken(performance.now()),
    });
    this.#connection = connection;
    this.#negotiation = negotiation;
    this.#repair.begin(performance.now());
    this.#changed();
    return { connection, negotiation };
  }

  /**
   * @param {number} generation
   * @param {"restart" | "rebuild"} what
   */
  #requested(generation, what) {
    if (!this.#requests.take()) return;
    if (what === "rebuild" && generation >= this.#generation) {
      // The other page may remember more generations than this one.
      this.#generation = generation;
      this.#build();
      return;
    }
    const lately = performance.now() - (this.#negotiation?.offeredAt ?? -Infinity) < SAME_FAULT_MS;
    if (this.#connection?.pending || (generation === this.#generation && !lately)) {
      this.#mend("restart");
    }
  }

  /**
   * @param {number} generation
   * @param {string} sdp
   */
  #offered(generation, sdp) {
    if (generation > this.#generation) {
      if (!this.#rebuilds.take()) return;
      this.#begin(generation);
    }
    if (generation < this.#generation || !this.#negotiation) {
      // One of the two remembers a connection that the other one has forgotten.
      this.#mend("rebuild");
      return;
    }
    const direction = this.#options.sends ? "sendrecv" : "recvonly";
    this.#negotiation.offered(sdp, { direction, tracks: () => this.#options.tracks });
  }

  #agreed() {
    this.dispatchEvent(new CustomEvent("agreed"));
    this.#changed();
  }

  /** @param {Connection} connection */
  #stateChanged(connection) {
    if (this.#closed || connection !== this.#connection) return;
    const now = performance.now();
    if (connection.state === "connected") {
      this.#everConnected = true;
      this.#brokenSince = Infinity;
    } else if (this.#brokenSince === Infinity) {
      this.#brokenSince = now;
    }
    this.#repair.progress(now);
    this.#repair.changed(connection.state, now);
    this.#changed();
  }

  #tellMedia() {
    if (this.#options.sends) this.#signal({ kind: "media", ...this.#options.media });
  }

  /** @param {Signal} signal */
  #signal(signal) {
    if (!this.#closed) this.#options.signal(this.#generation, signal);
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}
