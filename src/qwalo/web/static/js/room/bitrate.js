// @ts-check

/**
 * @typedef {import("./connection.js").Limits} Limits
 * @typedef {import("./quality.js").Sent} Sent
 */

/**
 * How much the camera may send, from much to little. Inside of these the browser adapts by itself, packet by packet;
 * the steps keep it from overfilling a line that it misjudges.
 * @type {readonly Readonly<{ maxBitrate: number, scaleResolutionDownBy: number }>[]}
 */
const STEPS = [
  { maxBitrate: 1_200_000, scaleResolutionDownBy: 1 },
  { maxBitrate: 700_000, scaleResolutionDownBy: 1 },
  { maxBitrate: 400_000, scaleResolutionDownBy: 1.5 },
  { maxBitrate: 200_000, scaleResolutionDownBy: 2 },
];
/** Observers look on; what they get must not cost the two who talk. */
const FIRST_STEP_FOR_OBSERVERS = 2;

const BAD = { loss: 0.1, roundTripMs: 900, available: 120_000 };
const UNBEARABLE = { loss: 0.2, roundTripMs: 1600, available: 70_000 };
const FINE = { loss: 0.03, roundTripMs: 500 };

/** In samples, of which there is one every two seconds. */
const DOWN_AFTER = 2;
const PAUSE_AFTER = 3;
const UP_AFTER = 5;
const LONGEST_PAUSE = 20;
/** A camera that has to be held back again so soon is tried less often. */
const RELAPSE = 15;
/** An estimate never says much more than what is sent at the moment. */
const ENOUGH_OF_NEXT = 0.7;

/** @type {Limits} */
export const MICROPHONE = { priority: "high", networkPriority: "high" };
const SCREEN = 2_500_000;
const SCREEN_FOR_OBSERVERS = 1_200_000;

/** Decides how much of the camera a line can bear, so that the voice is kept whatever happens. */
export class Bitrate {
  #highest;
  #step;
  #paused = false;
  #bad = 0;
  #unbearable = 0;
  #fine = 0;
  #sinceResumed = Infinity;
  #resumeAfter = UP_AFTER;

  /** @param {{ forObserver: boolean }} receiver */
  constructor({ forObserver }) {
    this.#highest = this.#step = forObserver ? FIRST_STEP_FOR_OBSERVERS : 0;
  }

  /** Whether the camera is held back altogether. */
  get paused() {
    return this.#paused;
  }

  /** @returns {Limits} */
  get camera() {
    return { ...(STEPS[this.#step] ?? {}), active: !this.#paused };
  }

  /** @returns {Limits} */
  get screen() {
    return { maxBitrate: this.#highest > 0 ? SCREEN_FOR_OBSERVERS : SCREEN };
  }

  /** @param {Sent} sent @returns {boolean} whether the limits have changed */
  sample(sent) {
    this.#sinceResumed += 1;
    this.#bad = worseThan(BAD, sent, this.#paused) ? this.#bad + 1 : 0;
    this.#unbearable = worseThan(UNBEARABLE, sent, this.#paused) ? this.#unbearable + 1 : 0;
    this.#fine = sent.loss < FINE.loss && (sent.roundTripMs ?? 0) < FINE.roundTripMs ? this.#fine + 1 : 0;
    if (this.#paused) return this.#fine >= this.#resumeAfter && this.#resume();
    if (this.#unbearable >= PAUSE_AFTER) return this.#pause();
    if (this.#bad >= DOWN_AFTER) return this.#to(Math.min(this.#step + 1, STEPS.length - 1));
    if (this.#fine >= UP_AFTER && this.#allows(sent)) return this.#to(Math.max(this.#step - 1, this.#highest));
    return false;
  }

  /** Whether the line seems to bear the next step up. @param {Sent} sent */
  #allows({ available }) {
    const next = STEPS[this.#step - 1];
    return next !== undefined && (available ?? Infinity) > next.maxBitrate * ENOUGH_OF_NEXT;
  }

  /** @param {number} step */
  #to(step) {
    if (step === this.#step) return false;
    this.#step = step;
    this.#bad = this.#fine = 0;
    return true;
  }

  #pause() {
    const relapse = this.#sinceResumed < RELAPSE;
    this.#resumeAfter = relapse ? Math.min(this.#resumeAfter * 2, LONGEST_PAUSE) : UP_AFTER;
    this.#step = STEPS.length - 1;
    this.#fine = 0;
    return (this.#paused = true);
  }

  #resume() {
    this.#paused = false;
    this.#unbearable = this.#fine = this.#sinceResumed = 0;
    return true;
  }
}

/**
 * @param {{ loss: number, roundTripMs: number, available: number }} bound
 * @param {Sent} sent
 * @param {boolean} paused  then nothing is known of what is available
 */
function worseThan(bound, { loss, roundTripMs, available }, paused) {
  const tight = !paused && available !== undefined && available < bound.available;
  return loss > bound.loss || (roundTripMs ?? 0) > bound.roundTripMs || tight;
}
