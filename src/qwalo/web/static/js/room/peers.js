// @ts-check

import { Monitor } from "./monitor.js";
import { Peer } from "./peer.js";
import { offers } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").Role} Role
 * @typedef {import("./protocol.js").Media} Media
 * @typedef {import("./protocol.js").Present} Present
 * @typedef {import("./protocol.js").Signalled} Signalled
 * @typedef {import("./connection.js").Ice} Ice
 * @typedef {import("./connection.js").Tracks} Tracks
 *
 * @typedef {object} Remote  Another person in the room.
 * @property {string} seat
 * @property {string} load
 * @property {Role} role
 * @property {string} name
 * @property {import("./protocol.js").Presence} presence
 * @property {MediaStream | null} audio  their microphone
 * @property {MediaStream | null} camera
 * @property {MediaStream | null} screen
 * @property {Media} media  what they say that they send
 * @property {"connecting" | "connected" | "reconnecting" | "failed"} connection
 * @property {import("./quality.js").Level | null} quality
 * @property {boolean} cameraPaused  whether one's own camera is held back from them, so that the voice gets through
 * @property {boolean} screenPaused  the same of one's own screen
 *
 * @typedef {{ peer: Peer, monitor: Monitor, seen: boolean, since: number }} Entry
 */

/** @type {Media} */
const NOTHING = { microphone: false, camera: false, screen: false };
/** The server tells who is there a moment after it passes their first signals on, or a moment before. */
const UNSEEN_MS = 5000;
const HELD_AT_MOST = 100;

/**
 * The connections with all others in the room, by what the server says of who is there. Event: `change`.
 */
export class Peers extends EventTarget {
  #mode;
  #own;
  #say;
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {Present[]} */
  #others = [];
  /** Signals of somebody of whom it is not known yet who they are. @type {{ at: number, signalled: Signalled }[]} */
  #held = [];
  /** The last generation with a page load whose connection is closed. @type {Map<string, number>} */
  #generations = new Map();
  /** @type {Tracks} */
  #tracks = { microphone: null, camera: null, screen: null };
  #media = NOTHING;
  /** @type {Ice} */
  #ice;

  /**
   * @param {object} options
   * @param {import("./protocol.js").Mode} options.mode
   * @param {{ seat: string, role: Role }} options.own
   * @param {Ice} options.ice
   * @param {Tracks} options.tracks
   * @param {Media} options.media
   * @param {(message: import("./protocol.js").SendSignal) => void} options.say
   */
  constructor({ mode, own, ice, tracks, media, say }) {
    super();
    this.#mode = mode;
    this.#own = own;
    this.#ice = ice;
    this.#tracks = tracks;
    this.#media = media;
    this.#say = say;
  }

  /** @returns {Remote[]} */
  get remotes() {
    return this.#others.map((other) => this.#remote(other));
  }

  /** @param {Tracks} tracks */
  setTracks(tracks) {
    this.#tracks = tracks;
    for (const { peer } of this.#entries.values()) peer.setTracks(tracks);
  }

  /** @param {Media} media */
  setMedia(media) {
    this.#media = media;
    for (const entry of this.#entries.values()) this.#tellMedia(entry);
  }

  /** The socket is back, with new credentials. @param {Ice} ice */
  resync(ice) {
    this.#ice = ice;
    for (const { peer } of this.#entries.values()) {
      peer.configure(ice);
      peer.resync();
    }
  }

  /** @param {readonly Present[]} others */
  update(others) {
    const before = this.#others;
    this.#others = [...others];
    const present = new Set(others.filter(({ presence }) => presence !== "left").map(key));
    for (const [id, { seen }] of this.#entries) if (seen && !present.has(id)) this.#close(id);
    for (const other of others) {
      if (other.presence === "left" || !this.#talksTo(other.role)) continue;
      const entry = this.#entries.get(key(other));
      if (!entry) this.#open(other, other.role, offers(this.#own, other)).seen = true;
      else entry.seen = true;
      const was = before.find((one) => key(one) === key(other));
      if (entry && was?.presence === "lost" && other.presence === "here") entry.peer.resync();
    }
    this.#release();
    this.#changed();
  }

  /** @param {Signalled} signalled */
  receive(signalled) {
    const { sender: seat, load, generation, signal } = signalled;
    const id = key({ seat, load });
    let peer = this.#entries.get(id)?.peer;
    if (!peer) {
      const role = this.#others.find((other) => other.seat === seat)?.role;
      const offered = signal.kind === "description" && signal.type === "offer";
      if (role && this.#talksTo(role)) peer = this.#open({ seat, load }, role, offers(this.#own, { seat, role })).peer;
      else if (offered) peer = this.#open({ seat, load }, "host", false).peer;
      else this.#hold(signalled);
    }
    peer?.receive(generation, signal);
  }

  /** To be called often. @param {boolean} joined  whether the socket is up */
  check(joined) {
    const now = performance.now();
    for (const [id, { peer, seen, since }] of this.#entries) {
      if (!seen && now - since > UNSEEN_MS) this.#close(id);
      else peer.check(joined && this.#others.some((other) => key(other) === id && other.presence === "here"));
    }
    this.#held = this.#held.filter(({ at }) => now - at < UNSEEN_MS);
  }

  /** To be called every two seconds. */
  sample() {
    for (const entry of this.#entries.values()) {
      void entry.monitor.sample().then((changed) => {
        if (!changed) return;
        this.#tellMedia(entry);
        this.#changed();
      });
    }
  }

  /** What was received, since it was last asked, of the person who matters most. */
  measured() {
    const role = this.#own.role === "host" ? "invitee" : "host";
    const other = this.#others.find((one) => one.role === role);
    return (other && this.#entries.get(key(other))?.monitor.measured()) ?? null;
  }

  close() {
    for (const id of this.#entries.keys()) this.#close(id);
    this.#others = [];
    this.#held = [];
  }

  /**
   * @param {{ seat: string, load: string }} other
   * @param {Role} role
   * @param {boolean} offering
   */
  #open({ seat, load }, role, offering) {
    const peer = new Peer({
      mode: this.#mode,
      offering,
      sends: this.#own.role !== "observer",
      receives: role !== "observer",
      generation: this.#generations.get(key({ seat, load })) ?? 0,
      ice: this.#ice,
      tracks: this.#tracks,
      media: this.#media,
      signal: (generation, signal) => this.#say({ type: "signal", to: seat, load, generation, signal }),
    });
    const monitor = new Monitor(peer, { forObserver: role === "observer" });
    const entry = { peer, monitor, seen: false, since: performance.now() };
    this.#entries.set(key({ seat, load }), entry);
    peer.addEventListener("change", () => this.#changed());
    peer.start();
    return entry;
  }

  /** @param {string} id */
  #close(id) {
    const peer = this.#entries.get(id)?.peer;
    if (!peer) return;
    this.#generations.set(id, peer.generation);
    this.#entries.delete(id);
    peer.close();
  }

  /** @param {Entry} entry */
  #tellMedia({ peer, monitor }) {
    const { microphone, camera, screen } = this.#media;
    peer.setMedia({
      microphone,
      camera: camera && !monitor.cameraPaused,
      screen: screen && !monitor.screenPaused,
    });
  }

  /** Two observers have nothing for each other. @param {Role} role */
  #talksTo(role) {
    return this.#own.role !== "observer" || role !== "observer";
  }

  /** @param {Signalled} signalled */
  #hold(signalled) {
    if (this.#held.length < HELD_AT_MOST) this.#held.push({ at: performance.now(), signalled });
  }

  #release() {
    const held = this.#held;
    this.#held = [];
    for (const { at, signalled } of held) {
      const { sender: seat, load, generation, signal } = signalled;
      const entry = this.#entries.get(key({ seat, load }));
      if (entry) entry.peer.receive(generation, signal);
      else this.#held.push({ at, signalled });
    }
  }

  /**
   * @param {Present} other
   * @returns {Remote}
   */
  #remote({ seat, load, role, name, presence }) {
    const entry = this.#entries.get(key({ seat, load }));
    return {
      seat,
      load,
      role,
      name,
      presence,
      audio: entry?.peer.stream("microphone") ?? null,
      camera: entry?.peer.stream("camera") ?? null,
      screen: entry?.peer.stream("screen") ?? null,
      media: entry?.peer.media ?? NOTHING,
      // Nothing goes from one observer to another, so nothing is missing.
      connection: entry?.peer.state ?? (this.#talksTo(role) ? "connecting" : "connected"),
      quality: entry?.monitor.level ?? null,
      cameraPaused: entry?.monitor.cameraPaused ?? false,
      screenPaused: entry?.monitor.screenPaused ?? false,
    };
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("change"));
  }
}

/** A seat with another page load is another page. @param {{ seat: string, load: string }} page */
function key({ seat, load }) {
  return `${seat} ${load}`;
}
