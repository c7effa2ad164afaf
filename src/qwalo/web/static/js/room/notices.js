// @ts-check

import { announce, copyOf, find, rescueFocus } from "./elements.js";

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
  /** @type {Map<string, { element: HTMLElement, lasting: boolean }>} */
  #shown = new Map();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.list = find(root, "[data-notices]", HTMLElement);
  }

  /** @param {string} subject @param {Notice} notice */
  show(subject, { text, action, act, lasting = false }) {
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
    dismiss.hidden = lasting;
    dismiss.addEventListener("click", () => this.take(subject));
    this.#shown.set(subject, { element, lasting });
    this.list.append(element);
    if (this.#shown.size > MAX) this.#takeOldest();
    announce(text);
  }

  /** @param {string} subject */
  take(subject) {
    const element = this.#shown.get(subject)?.element;
    if (!element) return;
    element.hidden = true;
    rescueFocus(element);
    element.remove();
    this.#shown.delete(subject);
  }

  /** What lasts is over by itself, and is not known otherwise. */
  #takeOldest() {
    const [oldest] = [...this.#shown].filter(([, { lasting }]) => !lasting);
    if (oldest) this.take(oldest[0]);
  }

  clear() {
    for (const subject of [...this.#shown.keys()]) this.take(subject);
  }
}
