// @ts-check

import { findAll, find, announce } from "./elements.js";

/** @typedef {"microphone" | "camera" | "screen"} Toggle */

/** The words of each button while its thing is on and off, and the key that does the same. */
const WORDS = {
  microphone: { on: "Mute", off: "Unmute", key: "M" },
  camera: { on: "Turn camera off", off: "Turn camera on", key: "V" },
  screen: { on: "Stop sharing", off: "Share screen", key: "" },
};

/** What is said after a change. */
const SAID = {
  microphone: { on: "You are unmuted.", off: "You are muted." },
  camera: { on: "Your camera is on.", off: "Your camera is off." },
  screen: { on: "You are sharing your screen.", off: "You share your screen no more." },
};

/**
 * The buttons for microphone, camera and screen, in each phase that has them. The label says what a press does, so
 * there is no pressed state beside it that would say it again. `failed` (detail: Toggle, error) when a press had no
 * effect.
 */
export class Controls extends EventTarget {
  /** @type {Record<Toggle, boolean>} */
  #before = { microphone: false, camera: false, screen: false };

  /** @param {import("./devices.js").LocalMedia} media */
  constructor(media) {
    super();
    this.media = media;
    this.buttons = findAll(document, "[data-toggle]", HTMLButtonElement);
    const unable = !navigator.mediaDevices?.getDisplayMedia;
    for (const button of this.buttons) {
      if (unable && toggleOf(button) === "screen") button.hidden = true;
      button.addEventListener("click", () => void this.press(toggleOf(button)));
    }
    media.addEventListener("change", () => this.#show());
    this.#show();
  }

  /** @param {Toggle} toggle */
  async press(toggle) {
    if (this.media.stopped) return;
    const on = !this.#isOn(toggle);
    if (toggle === "screen") await this.#share(on);
    else await (toggle === "microphone" ? this.media.setMicrophone(on) : this.media.setCamera(on));
    const error = toggle === "screen" || this.media.asks(toggle) ? null : this.media.problems[toggle];
    if (on && error && this.media.wanted[/** @type {"microphone" | "camera"} */ (toggle)]) this.#fail(toggle, error);
  }

  /** @param {boolean} on */
  async #share(on) {
    if (!on) {
      this.media.stopSharing();
      return;
    }
    const error = await this.media.shareScreen();
    // Closing the browser's question is an answer, and no failure.
    if (error && error !== "NotAllowedError" && error !== "AbortError") this.#fail("screen", error);
  }

  /** @param {Toggle} toggle @param {string} error */
  #fail(toggle, error) {
    this.dispatchEvent(new CustomEvent("failed", { detail: { toggle, error } }));
  }

  /** While the browser is asking, a press changes what is done with the answer. @param {Toggle} toggle */
  #isOn(toggle) {
    const { shown, wanted } = this.media;
    return toggle !== "screen" && this.media.asks(toggle) ? wanted[toggle] : shown[toggle];
  }

  #show() {
    for (const button of this.buttons) {
      const toggle = toggleOf(button);
      const on = this.#isOn(toggle);
      const { key, ...words } = WORDS[toggle];
      const label = on ? words.on : words.off;
      button.toggleAttribute("data-off", !on);
      find(button, "[data-label]", HTMLElement).textContent = label;
      button.title = key ? `${label} (${key})` : label;
    }
    if (this.media.asking) return;
    const now = this.media.shown;
    const toggles = /** @type {Toggle[]} */ (Object.keys(WORDS));
    const changed = toggles.filter((toggle) => now[toggle] !== this.#before[toggle]);
    this.#before = now;
    if (changed.length) announce(changed.map((toggle) => SAID[toggle][now[toggle] ? "on" : "off"]).join(" "));
  }
}

/**
 * @param {HTMLButtonElement} button
 * @returns {Toggle}
 */
function toggleOf(button) {
  return /** @type {Toggle} */ (button.dataset.toggle);
}
