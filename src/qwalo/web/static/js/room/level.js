// @ts-check

import { audioContext } from "./sound.js";

const EVERY_MS = 100;
/** Above this somebody is speaking; below it is the noise of a room. */
export const SPEECH = 0.12;

/** Listens to a stream and says ten times a second how loud it is, from 0 to 1. */
export class Level {
  /** @type {MediaStreamAudioSourceNode | null} */
  #source = null;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #level = 0;

  /** @param {(level: number) => void} report */
  constructor(report) {
    this.report = report;
  }

  /** @param {MediaStreamTrack | null} track */
  listen(track) {
    if (track === this.#track) return;
    this.stop();
    if (!track) return;
    this.#track = track;
    const sound = audioContext();
    const analyser = sound.createAnalyser();
    analyser.fftSize = 1024;
    this.#source = sound.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      this.#hear(loudness(samples));
    }, EVERY_MS);
  }

  stop() {
    clearInterval(this.#timer);
    this.#source?.disconnect();
    this.#source = null;
    if (this.#track) this.report(0);
    this.#track = null;
    this.#level = 0;
  }

  /** Up at once, down slowly: so speech is one movement, and not a flicker. @param {number} level */
  #hear(level) {
    this.#level = Math.max(level, this.#level * 0.7);
    this.report(this.#level);
  }
}

/**
 * From -60 dB (0) to -10 dB (1), as ears judge it.
 * @param {Float32Array} samples
 */
function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 20 * Math.log10(Math.sqrt(sum / samples.length) || 1e-6);
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}
