// @ts-check

/**
 * @typedef {"microphone" | "camera" | "screen"} Source
 * @typedef {Record<Source, MediaStreamTrack | null>} Tracks
 * @typedef {{ iceServers: import("./protocol.js").IceServer[], relayOnly: boolean }} Ice
 * @typedef {{ maxBitrate?: number, scaleResolutionDownBy?: number, active?: boolean, priority?: RTCPriorityType,
 *   networkPriority?: RTCPriorityType }} Limits
 */

/** @type {Readonly<Record<import("./protocol.js").Mode, readonly Source[]>>} */
const SOURCES = { video: ["microphone", "camera", "screen"], voice: ["microphone", "screen"] };

/** @type {Readonly<Partial<Record<Source, RTCDegradationPreference>>>} */
const KEEP = { camera: "maintain-framerate", screen: "maintain-resolution" };

/**
 * One `RTCPeerConnection`. Its transceivers are the same for all its life, in a fixed order, so that nothing that
 * a person does needs a negotiation.
 */
export class Connection {
  #pc;
  #sources;
  /** @type {Map<Source, RTCRtpTransceiver>} */
  #transceivers = new Map();
  /** @type {Map<Source, MediaStream>} */
  #streams = new Map();
  /** Voice and face of one stream are kept in step with each other by the receiver. */
  #together = new MediaStream();

  /**
   * @param {{ ice: Ice, mode: import("./protocol.js").Mode, onCandidate: (candidate: RTCIceCandidate) => void,
   *   onState: () => void }} options
   */
  constructor({ ice, mode, onCandidate, onState }) {
    this.#pc = new RTCPeerConnection(configuration(ice));
    this.#sources = SOURCES[mode];
    this.#pc.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) onCandidate(candidate);
    };
    this.#pc.onconnectionstatechange = onState;
    this.#pc.oniceconnectionstatechange = onState;
  }

  get state() {
    return this.#pc.connectionState;
  }

  /** Whether an offer of ours has had no answer yet. */
  get pending() {
    return this.#pc.signalingState === "have-local-offer";
  }

  /** What comes from the other side, once agreed. @param {Source} source */
  stream(source) {
    return this.#streams.get(source) ?? null;
  }

  /** @param {"sendrecv" | "sendonly"} direction */
  addTransceivers(direction) {
    for (const source of this.#sources) {
      const streams = source === "screen" ? [] : [this.#together];
      const kind = source === "microphone" ? "audio" : "video";
      this.#transceivers.set(source, this.#pc.addTransceiver(kind, { direction, streams }));
    }
  }

  /** @param {{ iceRestart: boolean }} options */
  async offer(options) {
    const offer = await this.#pc.createOffer(options);
    await this.#pc.setLocalDescription(offer);
    return offer.sdp ?? "";
  }

  /**
   * @param {string} sdp
   * @param {{ direction: "sendrecv" | "recvonly", tracks: () => Tracks }} own
   */
  async answer(sdp, { direction, tracks }) {
    await this.#pc.setRemoteDescription({ type: "offer", sdp });
    this.#pc.getTransceivers().forEach((transceiver, index) => {
      const source = this.#sources[index];
      if (!source || this.#transceivers.has(source)) return;
      transceiver.direction = direction;
      if (source !== "screen") transceiver.sender.setStreams?.(this.#together);
      this.#transceivers.set(source, transceiver);
    });
    this.send(tracks());
    const answer = await this.#pc.createAnswer();
    await this.#pc.setLocalDescription(answer);
    this.#agreed();
    return answer.sdp ?? "";
  }

  /** @param {string} sdp */
  async accept(sdp) {
    await this.#pc.setRemoteDescription({ type: "answer", sdp });
    this.#agreed();
  }

  /** @param {RTCIceCandidateInit} candidate */
  async add(candidate) {
    // One of an earlier restart is refused, and not missed.
    await this.#pc.addIceCandidate(candidate).catch(() => undefined);
  }

  /** @param {Tracks} tracks */
  send(tracks) {
    for (const [source, { sender }] of this.#transceivers) {
      const track = tracks[source];
      if (sender.track === track) continue;
      if (source === "screen" && track?.contentHint === "") track.contentHint = "detail";
      sender.replaceTrack(track).catch((error) => console.warn(`The ${source} could not be sent.`, error));
    }
  }

  /**
   * @param {Source} source
   * @param {Limits} limits
   */
  async limit(source, limits) {
    const sender = this.#transceivers.get(source)?.sender;
    const parameters = sender?.getParameters();
    const encoding = parameters?.encodings?.[0];
    if (!sender || !parameters || !encoding) return;
    Object.assign(encoding, limits);
    const keep = KEEP[source];
    if (keep) parameters.degradationPreference = keep;
    // Browsers differ in what they can limit; the call goes on without.
    await sender.setParameters(parameters).catch((error) => console.warn(`The ${source} has no limits.`, error));
  }

  /** For the next candidates that are gathered. @param {Ice} ice */
  configure(ice) {
    this.#pc.setConfiguration?.(configuration(ice));
  }

  statistics() {
    return this.#pc.getStats();
  }

  close() {
    this.#pc.onicecandidate = this.#pc.onconnectionstatechange = this.#pc.oniceconnectionstatechange = null;
    this.#pc.close();
  }

  #agreed() {
    for (const [source, { currentDirection, receiver }] of this.#transceivers) {
      if (this.#streams.has(source) || !currentDirection?.includes("recv")) continue;
      this.#streams.set(source, new MediaStream([receiver.track]));
    }
  }
}

/**
 * @param {Ice} ice
 * @returns {RTCConfiguration}
 */
function configuration({ iceServers, relayOnly }) {
  return { iceServers, iceTransportPolicy: relayOnly ? "relay" : "all", bundlePolicy: "max-bundle" };
}
