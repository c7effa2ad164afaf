// @ts-check

import { copyOf, find } from "./elements.js";

/**
 * @typedef {object} Shown
 * @property {string} name
 * @property {MediaStream | null} stream  null: the initial stands in for the picture
 * @property {boolean} muted
 * @property {string} status  what is said over the picture; "" for nothing
 * @property {"good" | "fair" | "poor" | null} quality
 */

const QUALITY = { good: "Connection good", fair: "Connection fair", poor: "Connection poor" };

/** One picture on the stage: a camera or a screen. */
export class View {
  /** @param {"camera" | "screen"} kind */
  constructor(kind) {
    this.element = copyOf("view");
    this.element.dataset.kind = kind;
    this.kind = kind;
    this.picture = find(this.element, "video", HTMLVideoElement);
    this.initial = find(this.element, ".initial", HTMLElement);
    this.picture.addEventListener("resize", () => this.#fit());
    for (const event of ["resize", "emptied"]) this.picture.addEventListener(event, () => this.#coverInitial());
    this.resized = new ResizeObserver(() => this.#fit());
    this.resized.observe(this.element);
  }

  /** @param {Shown} shown */
  show({ name, stream, muted, status, quality }) {
    this.element.setAttribute("aria-label", name);
    this.initial.textContent = this.kind === "screen" ? "" : ([...name.trim()][0] ?? "?");
    this.#setPicture(stream);
    find(this.element, "[data-name]", HTMLElement).textContent = name;
    find(this.element, "[data-muted]", HTMLElement).hidden = !muted;
    const words = find(this.element, "[data-status]", HTMLElement);
    words.hidden = !status;
    words.textContent = status;
    const bars = find(this.element, "[data-bars]", HTMLElement);
    bars.hidden = !quality;
    bars.dataset.bars = quality ?? "";
    bars.title = quality ? QUALITY[quality] : "";
    find(bars, "[data-bars-text]", HTMLElement).textContent = quality ? `, ${QUALITY[quality]}` : "";
  }

  /** @param {boolean} speaking @param {number} level */
  speak(speaking, level) {
    this.element.toggleAttribute("data-speaking", speaking);
    this.element.style.setProperty("--level", level.toFixed(2));
  }

  remove() {
    this.resized.disconnect();
    this.picture.srcObject = null;
    this.element.remove();
  }

  /** @param {MediaStream | null} stream */
  #setPicture(stream) {
    this.picture.hidden = !stream;
    if (this.picture.srcObject !== stream) {
      this.picture.srcObject = stream;
      // Without sound a picture may always play; the sound has an element of its own.
      if (stream) void this.picture.play().catch(() => undefined);
    }
    this.#coverInitial();
  }

  /** The initial stays until the first frame is there. */
  #coverInitial() {
    this.initial.hidden = !this.picture.hidden && this.picture.videoWidth > 0;
  }

  /** A face fills its place unless that would cut most of it away. A screen is always shown whole. */
  #fit() {
    const { videoWidth, videoHeight } = this.picture;
    const { clientWidth, clientHeight } = this.element;
    if (!videoHeight || !clientHeight) return;
    const ratio = videoWidth / videoHeight / (clientWidth / clientHeight);
    this.element.toggleAttribute("data-whole", this.kind === "screen" || ratio > 1.95 || ratio < 0.51);
  }
}
