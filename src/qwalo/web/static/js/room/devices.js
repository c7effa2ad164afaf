// @ts-check

import { capture, captureScreen, listDevices } from "./capture.js";
import { keepChoices, readChoices } from "./choices.js";
import { Requests } from "./requests.js";

/**
 * @typedef {import("./capture.js").Kind} Kind
 * @typedef {import("./choices.js").DeviceKind} DeviceKind
 * @typedef {Record<Kind | "screen", MediaStreamTrack | null>} Tracks
 */

/**
 * One's own microphone, camera and screen. `change`: anything of them changed. `lost` (detail: the kind, and the label
 * of what took its place): a device was unplugged, which may be the speaker. `interrupted` (detail: the kind): the
 * system took a device away. `blocked` (detail: the kind): the permission for it was withdrawn. `refused` (detail: the
 * kind, and its label): a device that was chosen cannot be used, and the one before stays.
 */
export class LocalMedia extends EventTarget {
  /** @type {Tracks} */
  tracks = { microphone: null, camera: null, screen: null };
  /** Why a device is not there: the browser's name of the error. @type {Record<Kind, string | null>} */
  problems = { microphone: null, camera: null };
  /** @type {Record<Kind, boolean>} */
  interrupted = { microphone: false, camera: false };
  /** @type {Record<DeviceKind, MediaDeviceInfo[]>} */
  devices = { microphone: [], camera: [], speaker: [] };
  choices = readChoices();
  #requests = new Requests();
  #stopped = false;

  /** @param {{ microphone: boolean, camera: boolean }} uses which devices this page may ask for at all */
  constructor(uses) {
    super();
    this.uses = uses;
    /** What the person wants to send. @type {Record<Kind, boolean>} */
    this.wanted = { ...uses };
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.#devicesChanged());
  }

  /** Whether the browser is being asked, and may be asking the person. */
  get asking() {
    return this.asks("microphone") || this.asks("camera");
  }

  /** @param {Kind | "screen"} kind */
  asks(kind) {
    return this.#requests.has(kind);
  }

  /** Whether all devices were given back, and none is to be opened before the next `start`. */
  get stopped() {
    return this.#stopped;
  }

  /** What the others are told. */
  get shown() {
    const { microphone, camera, screen } = this.tracks;
    return {
      microphone: this.wanted.microphone && microphone !== null && !this.interrupted.microphone,
      camera: this.wanted.camera && camera !== null && !this.interrupted.camera,
      screen: screen !== null,
    };
  }

  /** Gets what is wanted, not there and not refused. A muted microphone is opened too, so that it is there at once. */
  async start() {
    this.#stopped = false;
    /** @type {Kind[]} */
    const kinds = [];
    if (this.uses.microphone && !this.problems.microphone) kinds.push("microphone");
    if (this.uses.camera && this.wanted.camera && !this.problems.camera) kinds.push("camera");
    await this.#get(kinds.filter((kind) => !this.tracks[kind]));
    if (!this.uses.microphone) await this.#devicesChanged();
  }

  /** The same with what was refused before. */
  async retry() {
    if (this.#stopped) return;
    this.problems = { microphone: null, camera: null };
    await this.start();
  }

  /** Gives all devices back, also those that the browser has not given yet. */
  stop() {
    this.#stopped = true;
    this.#requests.clear();
    for (const track of Object.values(this.tracks)) track?.stop();
    this.tracks = { microphone: null, camera: null, screen: null };
    this.#changed();
  }

  /** Mutes or unmutes. The device stays open, so that nothing is asked and nothing is cut off. @param {boolean} on */
  async setMicrophone(on) {
    if (this.#stopped) return;
    this.wanted.microphone = on;
    if (this.tracks.microphone) this.tracks.microphone.enabled = on;
    this.#changed();
    if (on && (!this.tracks.microphone || this.interrupted.microphone)) await this.#get(["microphone"]);
  }

  /** Off gives the camera back, and its light goes out. @param {boolean} on */
  async setCamera(on) {
    if (this.#stopped) return;
    this.wanted.camera = on && this.uses.camera;
    if (!on) this.#drop("camera");
    this.#changed();
    if (this.wanted.camera) await this.#get(["camera"]);
  }

  /** @param {Kind} kind */
  resume(kind) {
    return kind === "microphone" ? this.setMicrophone(true) : this.setCamera(true);
  }

  /**
   * @param {DeviceKind} kind
   * @param {string} device its id; "" leaves it to the browser
   */
  async choose(kind, device) {
    this.#keep(kind, device);
    if (kind === "microphone" || (kind === "camera" && this.wanted.camera)) await this.#replace(kind);
    else this.#changed();
  }

  /** @returns {Promise<string | null>} the name of the error, if there was one */
  async shareScreen() {
    if (this.#stopped || this.asks("screen")) return null;
    const request = this.#requests.begin(["screen"]);
    const { track, error } = await captureScreen();
    if (!this.#requests.settle("screen", request)) {
      track?.stop();
      return null;
    }
    if (!track) return error ?? null;
    track.addEventListener("ended", () => this.stopSharing(track));
    this.stopSharing();
    this.tracks = { ...this.tracks, screen: track };
    this.#changed();
    return null;
  }

  stopSharing(track = this.tracks.screen) {
    if (!track || this.tracks.screen !== track) return;
    track.stop();
    this.tracks = { ...this.tracks, screen: null };
    this.#changed();
  }

  /** What is being asked for is not asked for again. @param {Kind[]} kinds */
  async #get(kinds) {
    const free = this.#stopped ? [] : kinds.filter((kind) => !this.asks(kind));
    if (!free.length) return;
    const request = this.#requests.begin(free);
    const { choices } = this;
    this.#changed();
    const { captured, refusals } = await capture(free, choices);
    const current = free.filter((kind) => this.#requests.settle(kind, request));
    for (const kind of free) {
      if (current.includes(kind)) this.#answered(kind, captured[kind], refusals[kind]);
      else captured[kind]?.stop();
    }
    if (!current.length) return;
    await this.#list();
    this.#changed();
    // Another one was chosen while the browser was still asking.
    for (const kind of current) if (this.choices[kind] !== choices[kind]) await this.#replace(kind);
  }

  /**
   * Takes the chosen device. The one in use stays, or is opened again, when that cannot be had.
   * @param {Kind} kind
   */
  async #replace(kind) {
    if (this.#stopped || this.asks(kind) || (kind === "camera" && !this.wanted.camera)) return;
    const before = this.tracks[kind]?.getSettings().deviceId;
    const request = this.#requests.begin([kind]);
    const device = this.choices[kind];
    // Android opens one camera at a time.
    if (kind === "camera") this.#drop(kind);
    this.#changed();
    // Otherwise the browser may take another one whose picture is larger.
    let { captured, refusals } = await capture([kind], this.choices, "exact");
    const refused = refusals[kind] !== undefined && before !== undefined && before !== device;
    if (refused && this.#requests.awaits(kind, request) && this.choices[kind] === device) {
      this.#keep(kind, before);
      if (this.tracks[kind]?.readyState === "live") refusals = {};
      else ({ captured, refusals } = await capture([kind], this.choices));
    }
    const chosen = refused ? before : device;
    if (!this.#requests.settle(kind, request)) {
      captured[kind]?.stop();
      return;
    }
    this.#answered(kind, captured[kind], refusals[kind]);
    await this.#list();
    this.#changed();
    const label = this.devices[kind].find((known) => known.deviceId === device)?.label;
    if (refused && !this.problems[kind]) this.#tell("refused", kind, label);
    if (this.choices[kind] !== chosen) await this.#replace(kind);
  }

  /**
   * @param {Kind} kind
   * @param {MediaStreamTrack} [track]
   * @param {string} [refusal]
   */
  #answered(kind, track, refusal) {
    this.problems[kind] = refusal ?? null;
    if (track) this.#take(kind, track);
  }

  /**
   * @param {DeviceKind} kind
   * @param {string} device
   */
  #keep(kind, device) {
    this.choices = { ...this.choices, [kind]: device };
    keepChoices({ ...readChoices(), [kind]: device });
  }

  /**
   * @param {Kind} kind
   * @param {MediaStreamTrack} track
   */
  #take(kind, track) {
    if (kind === "camera" && !this.wanted.camera) {
      // Turned off while the browser was still asking.
      track.stop();
      return;
    }
    this.#drop(kind);
    if (kind === "microphone") track.enabled = this.wanted.microphone;
    this.tracks = { ...this.tracks, [kind]: track };
    const device = track.getSettings().deviceId;
    track.addEventListener("ended", () => void this.#ended(kind, track, device));
    track.addEventListener("mute", () => this.#muted(kind, track, true));
    track.addEventListener("unmute", () => this.#muted(kind, track, false));
  }

  /** @param {Kind} kind */
  #drop(kind) {
    this.tracks[kind]?.stop();
    this.tracks = { ...this.tracks, [kind]: null };
    this.interrupted[kind] = false;
  }

  /**
   * The browser stopped it: unplugged, or taken by a phone call, or the permission was withdrawn.
   * @param {Kind} kind
   * @param {MediaStreamTrack} track
   * @param {string | undefined} device
   */
  async #ended(kind, track, device) {
    if (this.tracks[kind] !== track) return;
    this.#drop(kind);
    await this.#list();
    // Without a permission browsers give no ids either.
    const unknown = !this.devices[kind].some((known) => known.deviceId === device);
    if (unknown) await this.#get([kind]);
    else this.#changed();
    if (this.#stopped) return;
    const blocked = ["NotAllowedError", "Dismissed"].includes(this.problems[kind] ?? "");
    this.#tell(blocked ? "blocked" : unknown ? "lost" : "interrupted", kind, this.tracks[kind]?.label);
  }

  /**
   * The system holds it back for a while, as iOS does during a phone call.
   * @param {Kind} kind
   * @param {MediaStreamTrack} track
   * @param {boolean} muted
   */
  #muted(kind, track, muted) {
    if (this.tracks[kind] !== track || this.interrupted[kind] === muted) return;
    this.interrupted[kind] = muted;
    this.#changed();
    if (muted) this.#tell("interrupted", kind);
  }

  async #devicesChanged() {
    if (this.#stopped) return;
    const speaker = this.choices.speaker;
    await this.#list();
    if (this.#stopped) return;
    this.#changed();
    if (speaker && !this.choices.speaker) this.#tell("lost", "speaker");
    /** @type {Kind[]} */
    const kinds = ["microphone", "camera"];
    const found = kinds.filter(
      (kind) => this.problems[kind] === "NotFoundError" && this.wanted[kind] && this.devices[kind].length,
    );
    await this.#get(found);
  }

  async #list() {
    this.devices = await listDevices();
    const speakers = this.devices.speaker.map((device) => device.deviceId);
    // Not kept as a choice: it may be plugged in again.
    if (speakers.some(Boolean) && !speakers.includes(this.choices.speaker ?? ""))
      this.choices = { ...this.choices, speaker: "" };
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {string} type
   * @param {DeviceKind} kind
   * @param {string | null} [label]
   */
  #tell(type, kind, label = null) {
    this.dispatchEvent(new CustomEvent(type, { detail: { kind, label } }));
  }
}
