// @ts-check

import { announce, find } from "./elements.js";

/** Longer than a server needs that is only being restarted. */
const PATIENCE_MS = 8000;
const UNREACHED = "The server cannot be reached. Your network may block calls.";

/** The phase between the press on Join and the server's answer, which may never come. */
export class Joining {
  #usual;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.text = find(root, "[data-joining-text]", HTMLElement);
    this.ways = find(root, "[data-joining-ways]", HTMLElement);
    this.#usual = this.text.textContent;
    const again = find(this.ways, "[data-load-again]", HTMLButtonElement);
    again.addEventListener("click", () => window.location.reload());
  }

  begin() {
    this.answered();
    this.#timer = setTimeout(() => {
      this.text.textContent = UNREACHED;
      this.ways.hidden = false;
      announce(UNREACHED);
    }, PATIENCE_MS);
  }

  /** The server has answered, or is waited for no more. */
  answered() {
    clearTimeout(this.#timer);
    this.text.textContent = this.#usual;
    this.ways.hidden = true;
  }
}
