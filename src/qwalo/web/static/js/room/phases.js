// @ts-check

import { find, findAll } from "./elements.js";

/** @typedef {"check" | "joining" | "waiting" | "call" | "declined" | "ended" | "closed"} Phase */

/** The sections of the page, of which one is shown. */
export class Phases {
  /** @type {Phase} */
  current = "check";
  #title = document.title;
  #mark = "";

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.sections = findAll(root, "[data-phase]", HTMLElement);
  }

  /**
   * Shows this phase, and moves to its heading, so that screen readers say where one is.
   * @param {Phase} phase
   */
  show(phase) {
    if (phase === this.current) return;
    this.current = phase;
    for (const section of this.sections) section.hidden = section.dataset.phase !== phase;
    const shown = this.sections.find((section) => !section.hidden);
    if (!shown) throw new Error(`The page has no phase ${phase}.`);
    const heading = find(shown, "h1", HTMLHeadingElement);
    for (const dialog of findAll(document, "dialog[open]", HTMLDialogElement)) dialog.close();
    window.scrollTo(0, 0);
    heading.focus({ preventScroll: true });
    const words = heading.textContent.trim();
    this.#title = document.title.replace(/^.*(?= · Qwalo$)/, () => words);
    this.#write();
  }

  /** Something in the title that is seen from another tab; "" takes it away. @param {string} text */
  mark(text) {
    this.#mark = text;
    this.#write();
  }

  #write() {
    document.title = this.#mark ? `${this.#mark} · ${this.#title}` : this.#title;
  }
}
