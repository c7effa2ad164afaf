// @ts-check

import { find } from "./elements.js";
import { Hearing } from "./hearing.js";
import { Level, SPEECH } from "./level.js";
import { View } from "./view.js";

/** @typedef {import("./call.js").Remote} Remote */

/** Who is seen and heard. Observers are neither; js/room/people.js lists them. */
export class Stage {
  hearing = new Hearing();
  /** By seat, and by seat and "screen". @type {Map<string, View>} */
  #views = new Map();
  /** @type {Map<string, Level>} */
  #levels = new Map();
  #own = new Level((level) => this.#ownLevel(level));

  /**
   * @param {HTMLElement} root
   * @param {import("./devices.js").LocalMedia} media
   */
  constructor(root, media) {
    this.views = find(root, "[data-views]", HTMLElement);
    this.self = root.querySelector("[data-self-view]");
    this.media = media;
    media.addEventListener("change", () => this.#showOwn());
  }

  /** @param {Remote[]} remotes */
  show(remotes) {
    const seen = remotes.filter((remote) => remote.role !== "observer" && remote.presence !== "left");
    /** @type {Set<string>} */
    const keys = new Set();
    for (const remote of seen) {
      keys.add(remote.seat);
      this.#view(remote.seat, "camera").show(faceOf(remote));
      this.#hear(remote);
      if (!remote.media.screen || !remote.screen) continue;
      keys.add(screenOf(remote));
      this.#view(screenOf(remote), "screen").show(screenShown(remote));
    }
    const seats = new Set(seen.map((remote) => remote.seat));
    this.hearing.keep(seats);
    this.#prune(keys, seats);
    const screens = [...this.#views.values()].some((view) => view.kind === "screen");
    this.views.dataset.layout = screens ? "screen" : seen.length > 1 ? "grid" : seen.length === 1 ? "one" : "empty";
  }

  /** The stage is empty until the next call. */
  clear() {
    this.show([]);
    this.#own.stop();
  }

  /** @param {string} key @param {"camera" | "screen"} kind */
  #view(key, kind) {
    const known = this.#views.get(key);
    if (known) return known;
    const view = new View(kind);
    this.#views.set(key, view);
    // A screen comes first, so that those who have the page read out meet what is large before what is small.
    if (kind === "screen") this.views.prepend(view.element);
    else this.views.insertBefore(view.element, this.self);
    return view;
  }

  /** @param {Remote} remote */
  #hear(remote) {
    this.hearing.play(remote.seat, remote.audio);
    const level = this.#levels.get(remote.seat) ?? this.#newLevel(remote.seat);
    level.listen(remote.media.microphone ? (remote.audio?.getAudioTracks()[0] ?? null) : null);
  }

  /** @param {string} seat */
  #newLevel(seat) {
    const made = new Level((level) => this.#views.get(seat)?.speak(level > SPEECH, level));
    this.#levels.set(seat, made);
    return made;
  }

  /** @param {Set<string>} keys @param {Set<string>} seats */
  #prune(keys, seats) {
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue;
      view.remove();
      this.#views.delete(key);
    }
    for (const [seat, level] of this.#levels) {
      if (seats.has(seat)) continue;
      level.stop();
      this.#levels.delete(seat);
    }
  }

  #showOwn() {
    if (!this.self) return;
    find(this.self, "[data-self-muted]", HTMLElement).hidden = this.media.shown.microphone;
    this.#own.listen(this.media.shown.microphone ? this.media.tracks.microphone : null);
  }

  /** @param {number} level */
  #ownLevel(level) {
    if (!(this.self instanceof HTMLElement)) return;
    this.self.toggleAttribute("data-speaking", level > SPEECH);
    this.self.style.setProperty("--level", level.toFixed(2));
  }
}

/** @param {Remote} remote */
function screenOf(remote) {
  return `${remote.seat} screen`;
}

/**
 * @param {Remote} remote
 * @returns {import("./view.js").Shown}
 */
function faceOf(remote) {
  return {
    name: remote.name,
    stream: remote.media.camera && remote.connection !== "connecting" ? remote.camera : null,
    muted: remote.connection === "connected" && !remote.media.microphone,
    status: statusOf(remote),
    quality: remote.connection === "connected" ? remote.quality : null,
  };
}

/**
 * @param {Remote} remote
 * @returns {import("./view.js").Shown}
 */
function screenShown(remote) {
  return { name: `${remote.name}’s screen`, stream: remote.screen, muted: false, status: "", quality: null };
}

/** @param {Remote} remote */
function statusOf(remote) {
  // Their socket may be gone for a moment while the call itself goes on.
  if (remote.connection === "connected") return "";
  if (remote.presence === "lost") return `${remote.name} lost the connection. Waiting for them to come back…`;
  if (remote.connection === "connecting") return "Connecting…";
  if (remote.connection === "reconnecting") return "Reconnecting…";
  return "No connection. Trying again…";
}
