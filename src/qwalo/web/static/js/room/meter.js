// @ts-check

import { findAll } from "./elements.js";
import { Level, SPEECH } from "./level.js";
import { soundHeldBack } from "./sound.js";

/** How long one may be silent before the meter asks to say something. */
const PATIENCE_MS = 5000;

/** The level of one's own microphone, in each place of the page that shows it. */
export class Meters {
  #level = new Level((level) => this.#show(level));
  #heardAt = 0;
  #spokenAt = 0;

  /** @param {import("./devices.js").LocalMedia} media */
  constructor(media) {
    this.media = media;
    this.meters = findAll(document, "[data-level]", HTMLElement);
    media.addEventListener("change", () => this.#follow());
  }

  #follow() {
    const { microphone } = this.media.tracks;
    this.#level.listen(microphone);
    for (const meter of this.meters) meter.hidden = microphone === null;
  }

  /** @param {number} level */
  #show(level) {
    const now = Date.now();
    if (level > SPEECH) this.#heardAt = now;
    // A value that changes ten times a second is noise to those who have it read out.
    const speak = now - this.#spokenAt > 1000;
    if (speak) this.#spokenAt = now;
    const heard = now - this.#heardAt < PATIENCE_MS;
    for (const meter of this.meters) {
      const bar = meter.querySelector("[role=meter]");
      const text = meter.querySelector("[data-level-text]");
      if (bar instanceof HTMLElement) bar.style.setProperty("--level", level.toFixed(2));
      if (!speak || !bar || !text) continue;
      bar.setAttribute("aria-valuenow", String(Math.round(level * 100)));
      bar.setAttribute("aria-valuetext", this.#strength(level));
      text.textContent = this.#words(heard);
    }
  }

  /** @param {number} level */
  #strength(level) {
    if (!this.media.wanted.microphone) return "Muted";
    if (level > 0.7) return "Loud";
    return level > SPEECH ? "Good" : "Silent";
  }

  /** @param {boolean} heard */
  #words(heard) {
    if (!this.media.wanted.microphone) return "You are muted";
    if (soundHeldBack()) return "Press anywhere to test it";
    return heard ? "Your microphone works" : "Say something";
  }
}
