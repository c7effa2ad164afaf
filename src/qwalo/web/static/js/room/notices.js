// @ts-check

import { announce, copyOf, find } from "./elements.js";

/**
 * @typedef {object} Notice
 * @property {string} text
 * @property {string} [action]  the words of its button
 * @property {() => void} [act]
 * @property {boolean} [lasting]  until what it is about is over; it cannot be dismissed
 */

const MAX = 3;

/** Short notices over the stage: what happened, and the one thing that helps. Each subject has one at a time. */
export class Notices {
  /** @type {Map<string, HTMLElement>} */
  #shown = new Map();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.list = find(root, "[data-notices]", HTMLElement);
  }

  /** @param {string} subject @param {Notice} notice */
  show(subject, { text, action, act, lasting }) {
    this.take(subject);
    const element = copyOf("notice");
    find(element, "[data-text]", HTMLElement).textContent = text;
    const button = find(element, "[data-act]", HTMLButtonElement);
    button.hidden = !action;
    button.textContent = action ?? "";
    button.addEventListener("click", () => {
      if (!lasting) this.take(subject);
      act?.();
    });
    const dismiss = find(element, "[data-dismiss]", HTMLButtonElement);
    dismiss.hidden = lasting ?? false;
    dismiss.addEventListener("click", () => this.take(subject));
    this.#shown.set(subject, element);
    this.list.append(element);
    const [oldest] = this.#shown.keys();
    if (this.#shown.size > MAX && oldest !== undefined) this.take(oldest);
    announce(text);
  }

  /** @param {string} subject */
  take(subject) {
    this.#shown.get(subject)?.remove();
    this.#shown.delete(subject);
  }

  clear() {
    for (const subject of [...this.#shown.keys()]) this.take(subject);
  }
}
