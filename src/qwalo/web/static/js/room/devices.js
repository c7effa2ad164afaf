// @ts-check

import { capture } from "./capture.js";
import { keepChoices, readChoices } from "./choices.js";

/**
 * @typedef {import("./capture.js").Kind} Kind
 * @typedef {import("./choices.js").DeviceKind} DeviceKind
 * @typedef {Record<Kind | "screen", MediaStreamTrack | null>} Tracks
 */

/** @type {Record<DeviceKind, MediaDeviceKind>} */
const BROWSERS_KIND = { microphone: "audioinput", camera: "videoinput", speaker: "audiooutput" };

/**
 * One's own microphone, camera and screen. `change`: anything of them changed. `lost` (detail: the kind, and the label
 * of what took its place): a device was unplugged, which may be the speaker. `interrupted` (detail: the kind): the
 * system took a device away.
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
  /** What the browser is being asked for. @type {Set<Kind>} */
  #asked = new Set();

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
    return this.#asked.size > 0;
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
    /** @type {Kind[]} */
    const kinds = [];
    if (this.uses.microphone && !this.problems.microphone) kinds.push("microphone");
    if (this.uses.camera && this.wanted.camera && !this.problems.camera) kinds.push("camera");
    await this.#get(kinds.filter((kind) => !this.tracks[kind] && !this.#asked.has(kind)));
    if (!this.uses.microphone) await this.#devicesChanged();
  }

  /** The same with what was refused before. */
  async retry() {
    this.problems = { microphone: null, camera: null };
    await this.start();
  }

  /** Gives all devices back. */
  stop() {
    for (const track of Object.values(this.tracks)) track?.stop();
    this.tracks = { microphone: null, camera: null, screen: null };
    this.#changed();
  }

  /** Mutes or unmutes. The device stays open, so that nothing is asked and nothing is cut off. @param {boolean} on */
  async setMicrophone(on) {
    this.wanted.microphone = on;
    if (this.tracks.microphone) this.tracks.microphone.enabled = on;
    this.#changed();
    if (on && (!this.tracks.microphone || this.interrupted.microphone)) await this.#get(["microphone"]);
  }

  /** Off gives the camera back, and its light goes out. @param {boolean} on */
  async setCamera(on) {
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
    this.choices = { ...this.choices, [kind]: device };
    keepChoices({ ...readChoices(), [kind]: device });
    if (kind === "microphone" || (kind === "camera" && this.wanted.camera)) await this.#get([kind]);
    else this.#changed();
  }

  /** @returns {Promise<string | null>} the name of the error, if there was one */
  async shareScreen() {
    try {
      const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
      const track = stream.getVideoTracks()[0];
      if (!track) return "NotFoundError";
      // Letters have to stay sharp; a moving picture may lose frames instead.
      track.contentHint = "detail";
      track.addEventListener("ended", () => this.stopSharing(track));
      this.stopSharing();
      this.tracks = { ...this.tracks, screen: track };
      this.#changed();
      return null;
    } catch (error) {
      return error instanceof DOMException ? error.name : "Unknown";
    }
  }

  stopSharing(track = this.tracks.screen) {
    if (!track || this.tracks.screen !== track) return;
    track.stop();
    this.tracks = { ...this.tracks, screen: null };
    this.#changed();
  }

  /** @param {Kind[]} kinds */
  async #get(kinds) {
    if (!kinds.length) return;
    for (const kind of kinds) this.#asked.add(kind);
    this.#changed();
    const { captured, refusals } = await capture(kinds, this.choices);
    for (const kind of kinds) {
      this.#asked.delete(kind);
      this.problems[kind] = refusals[kind] ?? null;
      const track = captured[kind];
      if (track) this.#take(kind, track);
    }
    await this.#list();
    this.#changed();
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
    const unplugged = !this.devices[kind].some((known) => known.deviceId === device);
    if (unplugged) await this.#get([kind]);
    else this.#changed();
    this.dispatchEvent(
      new CustomEvent(unplugged ? "lost" : "interrupted", {
        detail: { kind, label: this.tracks[kind]?.label ?? null },
      }),
    );
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
    if (muted) this.dispatchEvent(new CustomEvent("interrupted", { detail: { kind, label: null } }));
  }

  async #devicesChanged() {
    const speaker = this.choices.speaker;
    await this.#list();
    this.#changed();
    if (speaker && !this.choices.speaker)
      this.dispatchEvent(new CustomEvent("lost", { detail: { kind: "speaker", label: null } }));
    /** @type {Kind[]} */
    const kinds = ["microphone", "camera"];
    const found = kinds.filter(
      (kind) => this.problems[kind] === "NotFoundError" && this.wanted[kind] && this.devices[kind].length,
    );
    await this.#get(found);
  }

  async #list() {
    const known = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
    for (const kind of /** @type {DeviceKind[]} */ (["microphone", "camera", "speaker"])) {
      this.devices[kind] = known.filter((device) => device.kind === BROWSERS_KIND[kind]);
    }
    const speakers = this.devices.speaker.map((device) => device.deviceId);
    // Not kept as a choice: it may be plugged in again.
    if (speakers.some(Boolean) && !speakers.includes(this.choices.speaker ?? ""))
      this.choices = { ...this.choices, speaker: "" };
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
