// @ts-check

import { find } from "./elements.js";

/** How long the call has lasted, by the server's clock: this device's own may be wrong. */
export class Clock {
  /** What the server's clock is ahead of this one. */
  #offset = 0;
  /** @type {number | null} */
  #startedAt = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.box = find(root, "[data-clock]", HTMLElement);
    this.time = find(root, "[data-clock-time]", HTMLElement);
  }

  /** @param {import("./protocol.js").State} state */
  stated({ now, call }) {
    this.#offset = Date.parse(now) - Date.now();
    this.#startedAt = call ? Date.parse(call.startedAt) : null;
    this.box.hidden = this.#startedAt === null;
    clearInterval(this.#timer);
    if (this.#startedAt === null) return;
    this.#show();
    this.#timer = setInterval(() => this.#show(), 1000);
  }

  stop() {
    clearInterval(this.#timer);
    this.box.hidden = true;
  }

  #show() {
    const seconds = Math.max(0, Math.floor((Date.now() + this.#offset - (this.#startedAt ?? 0)) / 1000));
    this.time.textContent = duration(seconds);
  }
}

/** @param {number} seconds */
function duration(seconds) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
