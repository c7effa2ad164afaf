// @ts-check

import { Allowance } from "./pace.js";

/** A description comes with all its candidates, so it is not said again each time that somebody asks. */
const REPEATS = { rate: 1, burst: 2 };

/**
 * @typedef {import("./connection.js").Connection} Connection
 * @typedef {import("./connection.js").Tracks} Tracks
 * @typedef {import("./protocol.js").Candidate} Candidate
 * @typedef {import("./protocol.js").Description} Description
 *
 * @typedef {object} Outcome  What comes of it.
 * @property {(signal: Description | Candidate) => void} say
 * @property {() => void} progressed
 * @property {() => void} agreed
 * @property {() => void} broken
 */

/**
 * The descriptions and candidates of one `RTCPeerConnection`, handled one after another: a candidate must not overtake
 * its description. What was said last is kept, to be said again when it may have been lost.
 */
export class Negotiation {
  #connection;
  #outcome;
  #chain = Promise.resolve();
  #closed = false;
  #offer = "";
  #answer = "";
  /** @type {Candidate[]} */
  #candidates = [];
  /** Whether the description to which the candidates belong has been said. */
  #said = false;
  #offeredAt = performance.now();
  #repeats = new Allowance(REPEATS);

  /**
   * @param {Connection} connection
   * @param {Outcome} outcome
   */
  constructor(connection, outcome) {
    this.#connection = connection;
    this.#outcome = outcome;
  }

  /** When an offer was last made or repeated. */
  get offeredAt() {
    return this.#offeredAt;
  }

  /**
   * Offers, or repeats an offer that has had no answer: two at once would mix up their answers.
   * @param {boolean} iceRestart
   */
  offer(iceRestart) {
    this.#offeredAt = performance.now();
    if (this.#connection.pending) this.#repeat("offer");
    else this.#queue(() => this.#makeOffer(iceRestart));
  }

  /**
   * @param {string} sdp
   * @param {{ direction: "sendrecv" | "recvonly", tracks: () => Tracks }} own
   */
  offered(sdp, own) {
    this.#queue(async () => {
      if (sdp === this.#offer) {
        this.#repeat("answer");
        return;
      }
      this.#renew();
      const answer = await this.#connection.answer(sdp, own);
      if (this.#closed) return;
      this.#offer = sdp;
      this.#answer = answer;
      this.#outcome.agreed();
      this.#say("answer");
    });
  }

  /** @param {string} sdp */
  answered(sdp) {
    this.#queue(async () => {
      if (!this.#connection.pending) return;
      await this.#connection.accept(sdp);
      if (!this.#closed) this.#outcome.agreed();
    });
  }

  /** The other side found a candidate. @param {Candidate} candidate */
  suggested({ candidate, sdpMid = null, sdpMLineIndex = null, usernameFragment = null }) {
    this.#queue(() => this.#connection.add({ candidate, sdpMid, sdpMLineIndex, usernameFragment }));
  }

  /** This side found one. @param {RTCIceCandidate} found */
  found({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
    /** @type {Candidate} */
    const signal = { kind: "candidate", candidate, sdpMid, sdpMLineIndex, usernameFragment };
    this.#candidates.push(signal);
    if (this.#said) this.#outcome.say(signal);
  }

  close() {
    this.#closed = true;
    this.#connection.close();
  }

  /** @param {boolean} iceRestart */
  async #makeOffer(iceRestart) {
    // Two reasons for a restart may have been noticed before the first was acted on.
    if (this.#connection.pending) return;
    this.#renew();
    this.#offer = await this.#connection.offer({ iceRestart });
    if (!this.#closed) this.#say("offer");
  }

  /** New descriptions come with new candidates. */
  #renew() {
    this.#said = false;
    this.#candidates = [];
  }

  /** @param {"offer" | "answer"} type */
  #repeat(type) {
    if (this.#repeats.take()) this.#say(type);
  }

  /** @param {"offer" | "answer"} type */
  #say(type) {
    const sdp = type === "offer" ? this.#offer : this.#answer;
    this.#said = true;
    this.#outcome.say({ kind: "description", type, sdp });
    for (const candidate of this.#candidates) this.#outcome.say(candidate);
  }

  /**
   * A closed connection may leave a step unfinished for ever, so each has a chain of its own.
   * @param {() => Promise<void>} step
   */
  #queue(step) {
    this.#chain = this.#chain
      .then(async () => {
        if (this.#closed) return;
        await step();
        if (!this.#closed) this.#outcome.progressed();
      })
      .catch((error) => {
        if (this.#closed) return;
        console.warn("A step of the connection failed. It is built again.", error);
        this.#outcome.broken();
      });
  }
}
