// @ts-check

/** @typedef {import("./call.js").Remote} Remote */

const SUBJECT = "camera paused";

/** Says so, for as long as one's own camera is held back from the other one because the network is too weak for it. */
export class PausedCamera {
  /** Who does not see one. @type {Remote | undefined} */
  #unseeing;
  #name = "";

  /**
   * @param {import("./devices.js").LocalMedia} media
   * @param {import("./notices.js").Notices} notices
   */
  constructor(media, notices) {
    this.media = media;
    this.notices = notices;
    media.addEventListener("change", () => this.#tell());
  }

  /** @param {Remote[]} remotes */
  show(remotes) {
    this.#unseeing = remotes.find(
      ({ role, presence, cameraPaused }) => role !== "observer" && presence !== "left" && cameraPaused,
    );
    this.#tell();
  }

  #tell() {
    // A camera that is off is not held back.
    const name = (this.media.shown.camera && this.#unseeing?.name) || "";
    if (name === this.#name) return;
    this.#name = name;
    this.notices.take(SUBJECT);
    if (!name) return;
    const text = `Your connection is weak: ${name} hears you, and does not see you for now.`;
    this.notices.show(SUBJECT, { text, lasting: true });
  }
}
