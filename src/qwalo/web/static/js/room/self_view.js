// @ts-check

import { findAll } from "./elements.js";

/** One's own picture, or one's initial, in each phase that shows it. */
export class SelfView {
  /**
   * @param {import("./devices.js").LocalMedia} media
   * @param {string} name
   */
  constructor(media, name) {
    this.media = media;
    this.pictures = findAll(document, "[data-self-picture]", HTMLVideoElement);
    this.initials = findAll(document, "[data-self-initial]", HTMLElement);
    /** @type {MediaStream | null} */
    this.stream = null;
    this.call(name);
    media.addEventListener("change", () => this.#show());
  }

  /** @param {string} name */
  call(name) {
    for (const initial of this.initials) initial.textContent = [...name.trim()][0] ?? "?";
  }

  #show() {
    const { camera } = this.media.tracks;
    if (this.stream?.getVideoTracks()[0] !== (camera ?? undefined)) this.stream = camera && new MediaStream([camera]);
    for (const picture of this.pictures) {
      if (picture.srcObject !== this.stream) picture.srcObject = this.stream;
      picture.hidden = !this.stream;
      // What the camera at the back sees is read the right way round.
      picture.toggleAttribute("data-mirrored", camera?.getSettings().facingMode !== "environment");
      if (this.stream) void picture.play().catch(() => undefined);
    }
    for (const initial of this.initials) initial.hidden = this.stream !== null;
  }
}
