// @ts-check

import { announce, copyOf, find, findAll, focusHeading } from "./elements.js";

/** @typedef {import("./call.js").Remote} Remote */

/** Who comes and goes, said aloud; and the observers, listed for everybody. */
export class People {
  /** Who was there before, by seat. @type {Map<string, Remote> | null} */
  #before = null;

  /**
   * @param {HTMLElement} root
   * @param {{ remove: (seat: string) => void }} options
   */
  constructor(root, { remove }) {
    this.list = find(root, "[data-observers]", HTMLElement);
    this.remove = remove;
  }

  /** @param {Remote[]} remotes */
  show(remotes) {
    const here = new Map(remotes.filter((remote) => remote.presence !== "left").map((one) => [one.seat, one]));
    this.#tell(here);
    this.#list([...here.values()].filter((remote) => remote.role === "observer"));
    this.#before = here;
  }

  clear() {
    this.#before = null;
    this.#list([]);
  }

  /** @param {Map<string, Remote>} here */
  #tell(here) {
    if (!this.#before) return;
    const news = [];
    for (const [seat, remote] of here) {
      if (!this.#before.has(seat))
        news.push(remote.role === "observer" ? `${remote.name} is observing.` : `${remote.name} is here.`);
    }
    for (const [seat, remote] of this.#before) {
      if (!here.has(seat))
        news.push(remote.role === "observer" ? `${remote.name} observes no more.` : `${remote.name} has left.`);
    }
    if (news.length) announce(news.join(" "));
  }

  /** @param {Remote[]} observers */
  #list(observers) {
    // Written anew only when it differs, so that the focus on a button stays.
    const signature = JSON.stringify(observers.map(({ seat, name }) => [seat, name]));
    if (signature === this.list.dataset.shown) return;
    this.list.dataset.shown = signature;
    this.list.hidden = observers.length === 0;
    const focused = this.list.contains(document.activeElement) ? document.activeElement : null;
    const seat = focused instanceof HTMLElement ? focused.dataset.seat : undefined;
    this.list.replaceChildren(...observers.map((observer) => this.#chip(observer)));
    if (!focused) return;
    const again = findAll(this.list, "[data-remove]", HTMLButtonElement).find((button) => button.dataset.seat === seat);
    if (again) again.focus();
    else focusHeading(this.list);
  }

  /** @param {Remote} observer */
  #chip({ seat, name }) {
    const chip = copyOf("observer");
    find(chip, "[data-name]", HTMLElement).textContent = `${name} is observing`;
    const button = chip.querySelector("[data-remove]");
    if (button instanceof HTMLButtonElement) {
      button.title = `Remove ${name}`;
      button.dataset.seat = seat;
      find(button, "[data-label]", HTMLElement).textContent = `Remove ${name}`;
      button.addEventListener("click", () => this.remove(seat));
    }
    return chip;
  }
}
