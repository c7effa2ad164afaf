// @ts-check

/**
 * @typedef {import("./connection.js").Limits} Limits
 * @typedef {import("./quality.js").Sent} Sent
 */

/**
 * How much the camera may send, from much to little. Inside of these the browser adapts by itself, packet by packet;
 * the steps keep it from overfilling a line that it misjudges. Two more follow: without the camera, and without the
 * screen too.
 * @type {readonly Readonly<{ maxBitrate: number, scaleResolutionDownBy: number }>[]}
 */
const STEPS = [
  { maxBitrate: 1_200_000, scaleResolutionDownBy: 1 },
  { maxBitrate: 700_000, scaleResolutionDownBy: 1 },
  { maxBitrate: 400_000, scaleResolutionDownBy: 1.5 },
  { maxBitrate: 200_000, scaleResolutionDownBy: 2 },
];
/** How much the screen may send, at each of these. */
const SCREEN = [2_500_000, 1_800_000, 1_200_000, 400_000];
const LAST = STEPS.length - 1;
const CAMERA_PAUSED = STEPS.length;
const SCREEN_PAUSED = CAMERA_PAUSED + 1;
/** Observers look on; what they get must not cost the two who talk. */
const FIRST_STEP_FOR_OBSERVERS = 2;

const BAD = { loss: 0.1, roundTripMs: 900, available: 120_000 };
const UNBEARABLE = { loss: 0.2, roundTripMs: 1600, available: 70_000 };
const FINE = { loss: 0.03, roundTripMs: 500 };

/** In samples, of which there is one every two seconds. */
const DOWN_AFTER = 2;
const PAUSE_AFTER = 3;
const UP_AFTER = 5;
const LONGEST_WAIT = 40;
/** A step up that has to be undone so soon is tried less often. */
const RELAPSE = 15;
/** An estimate never says much more than what is sent at the moment. */
const ENOUGH_OF_NEXT = 0.7;

/** @type {Limits} */
export const MICROPHONE = { priority: "high", networkPriority: "high" };

/** Decides how much of camera and screen a line can bear, so that the voice is kept whatever happens. */
export class Bitrate {
  #highest;
  #step;
  #bad = 0;
  #unbearable = 0;
  #fine = 0;
  #sinceUp = Infinity;
  #upAfter = UP_AFTER;

  /** @param {{ forObserver: boolean }} receiver */
  constructor({ forObserver }) {
    this.#highest = this.#step = forObserver ? FIRST_STEP_FOR_OBSERVERS : 0;
  }

  /** Whether the camera is held back altogether. */
  get paused() {
    return this.#step >= CAMERA_PAUSED;
  }

  /** The same of the screen. */
  get screenPaused() {
    return this.#step >= SCREEN_PAUSED;
  }

  /** @returns {Limits} */
  get camera() {
    return { ...(STEPS[Math.min(this.#step, LAST)] ?? {}), active: !this.paused };
  }

  /** @returns {Limits} */
  get screen() {
    const maxBitrate = SCREEN[Math.min(this.#step, LAST)];
    return { ...(maxBitrate && { maxBitrate }), active: !this.screenPaused };
  }

  /**
   * @param {Sent} sent
   * @param {boolean} sharing  whether a screen is shared
   * @returns {boolean} whether the limits have changed
   */
  sample(sent, sharing) {
    this.#sinceUp += 1;
    if (this.#sinceUp === RELAPSE) this.#upAfter = UP_AFTER;
    // The next screen has to show by itself that it is too much.
    if (this.screenPaused && !sharing) return this.#to(CAMERA_PAUSED);
    const blind = this.paused && (this.screenPaused || !sharing);
    this.#bad = worseThan(BAD, sent, blind) ? this.#bad + 1 : 0;
    this.#unbearable = worseThan(UNBEARABLE, sent, blind) ? this.#unbearable + 1 : 0;
    this.#fine = sent.loss < FINE.loss && (sent.roundTripMs ?? 0) < FINE.roundTripMs ? this.#fine + 1 : 0;
    if (this.#unbearable >= PAUSE_AFTER && !blind) return this.#down(this.paused ? SCREEN_PAUSED : CAMERA_PAUSED);
    if (this.#bad >= DOWN_AFTER && this.#step < LAST) return this.#down(this.#step + 1);
    if (this.#fine >= this.#upAfter && this.#step > this.#highest && this.#allows(sent)) return this.#up();
    return false;
  }

  /** Whether the line seems to bear the next step up. @param {Sent} sent */
  #allows({ available }) {
    const next = STEPS[this.#step - 1];
    return this.paused || (next !== undefined && (available ?? Infinity) > next.maxBitrate * ENOUGH_OF_NEXT);
  }

  /** @param {number} step */
  #down(step) {
    if (this.#sinceUp < RELAPSE) this.#upAfter = Math.min(this.#upAfter * 2, LONGEST_WAIT);
    this.#sinceUp = Infinity;
    // What is unbearable is counted on over the steps before the pause.
    if (step >= CAMERA_PAUSED) this.#unbearable = 0;
    return this.#to(step);
  }

  #up() {
    this.#sinceUp = this.#unbearable = 0;
    return this.#to(this.#step - 1);
  }

  /** @param {number} step */
  #to(step) {
    this.#step = step;
    this.#bad = this.#fine = 0;
    return true;
  }
}

/**
 * @param {{ loss: number, roundTripMs: number, available: number }} bound
 * @param {Sent} sent
 * @param {boolean} blind  when no picture is sent, nothing is known of what is available
 */
function worseThan(bound, { loss, roundTripMs, available }, blind) {
  const tight = !blind && available !== undefined && available < bound.available;
  return loss > bound.loss || (roundTripMs ?? 0) > bound.roundTripMs || tight;
}
