// @ts-check

/** Keeps the screen of a phone from going dark during a call, where the browser can. */
export class WakeLock {
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #wanted = false;

  constructor() {
    // Browsers give it back whenever the page is hidden.
    document.addEventListener("visibilitychange", () => void this.#ask());
  }

  hold() {
    this.#wanted = true;
    void this.#ask();
  }

  release() {
    this.#wanted = false;
    void this.#lock?.release();
    this.#lock = null;
  }

  async #ask() {
    if (!this.#wanted || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    if (this.#lock && !this.#lock.released) return;
    try {
      this.#lock = await navigator.wakeLock.request("screen");
      if (!this.#wanted) this.release();
    } catch {
      // The battery is low: the system knows better.
    }
  }
}
