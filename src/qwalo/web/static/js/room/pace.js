// @ts-check

/** `burst` at once, and `rate` a second in the long run. */
export class Allowance {
  #rate;
  #burst;
  #left;
  #at = performance.now();

  /** @param {{ rate: number, burst: number }} options */
  constructor({ rate, burst }) {
    this.#rate = rate;
    this.#burst = this.#left = burst;
  }

  /** Whether there may be another one now, which then counts. */
  take() {
    const now = performance.now();
    this.#left = Math.min(this.#burst, this.#left + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
