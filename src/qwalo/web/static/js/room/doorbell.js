// @ts-check

import { chime } from "./sound.js";

/** Calls the host to whoever has come: by a sound, and by a notification where those are allowed and no one looks. */
export class Doorbell {
  /** @type {Notification | null} */
  #notification = null;

  /** @param {{ title: string, body: string, tag: string }} notification  of one `tag`, a browser shows the last */
  ring({ title, body, tag }) {
    chime();
    this.silence();
    if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    try {
      this.#notification = new Notification(title, { body, tag });
      this.#notification.addEventListener("click", () => window.focus());
    } catch {
      // Phones show notifications of installed applications alone.
    }
  }

  /** Nobody is called to somebody who is let in, or gone. */
  silence() {
    this.#notification?.close();
    this.#notification = null;
  }
}
