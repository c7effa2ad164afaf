// @ts-check

import { Doorbell } from "./doorbell.js";
import { announce, find, findAll, rescueFocus } from "./elements.js";
import { capital, hostOf, inviteeOf } from "./room.js";

/**
 * @typedef {import("./call.js").Remote} Remote
 * @typedef {import("./protocol.js").State} State
 * @typedef {{ title: string, text: string, answer: "" | "ask" | "again", patient: boolean }} Words
 */

/**
 * What stands on the stage while the other one is not there. The host answers here whether the invitee may come in.
 */
export class Lobby {
  /** @type {State | null} */
  #state = null;
  /** @type {Remote[]} */
  #remotes = [];
  #wasHere = false;
  /** Whether the invitee was in the room at the last look; null before the first one. @type {boolean | null} */
  #inside = null;
  #knocked = "";
  #bell = new Doorbell();

  /**
   * @param {HTMLElement} root
   * @param {import("./room.js").Room} room
   * @param {{ admit: () => void, decline: () => void, mark: (text: string) => void }} options
   */
  constructor(root, room, { admit, decline, mark }) {
    this.room = room;
    this.mark = mark;
    this.box = find(root, "[data-lobby]", HTMLElement);
    this.ask = this.box.querySelector("[data-lobby-ask]");
    this.again = this.box.querySelector("[data-lobby-again]");
    for (const button of findAll(this.box, "[data-admit]", HTMLButtonElement)) button.addEventListener("click", admit);
    this.box.querySelector("[data-decline]")?.addEventListener("click", decline);
  }

  /** @param {State} state */
  stated(state) {
    this.#state = state;
    if (this.room.role === "host") this.#entered(state);
    this.#knock(state);
    this.#show();
  }

  /** @param {Remote[]} remotes */
  met(remotes) {
    this.#remotes = remotes;
    this.#show();
  }

  clear() {
    this.#state = null;
    this.#remotes = [];
    this.#wasHere = false;
    this.#inside = null;
    this.#knocked = "";
    this.#bell.silence();
    this.mark("");
  }

  /** Somebody who was let in before comes without knocking; js/room/people.js says it. @param {State} state */
  #entered({ others }) {
    const before = this.#inside;
    const invitee = others.find(({ role, presence }) => role === "invitee" && presence !== "left");
    this.#inside = invitee !== undefined;
    if (before !== false || !invitee || this.#knocked) return;
    this.#ring(`${invitee.name} is here`, "here");
  }

  /** @param {State} state */
  #knock({ waiting }) {
    // The server names nobody else, so who is waiting is the invitee.
    const knocking = waiting ? `${waiting.seat} ${waiting.since}` : "";
    if (knocking === this.#knocked) return;
    this.#knocked = knocking;
    this.mark(waiting ? `${waiting.name} is waiting` : "");
    if (!waiting) {
      this.#bell.silence();
      return;
    }
    announce(`${waiting.name} is waiting to be let in.`);
    this.#ring(`${waiting.name} is waiting`, waiting.since);
  }

  /** @param {string} title @param {string} when */
  #ring(title, when) {
    this.#bell.ring({ title, body: this.room.title, tag: `${this.room.inviteeId} ${when}` });
  }

  #show() {
    const lobby = this.#words();
    this.box.hidden = lobby === null;
    if (lobby) this.#write(lobby);
    rescueFocus(this.box);
  }

  /** @param {Words} lobby */
  #write(lobby) {
    find(this.box, "[data-lobby-title]", HTMLElement).textContent = lobby.title;
    find(this.box, "[data-lobby-text]", HTMLElement).textContent = lobby.text;
    this.box.toggleAttribute("data-patient", lobby.patient);
    this.box.toggleAttribute("data-asking", lobby.answer === "ask");
    if (this.ask instanceof HTMLElement) this.ask.hidden = lobby.answer !== "ask";
    if (this.again instanceof HTMLElement) this.again.hidden = lobby.answer !== "again";
  }

  /** @returns {Words | null} */
  #words() {
    if (!this.#state) return null;
    const there = this.#remotes.filter((remote) => remote.presence !== "left");
    if (this.room.role === "observer") return this.#forObserver(there);
    const wanted = this.room.role === "host" ? "invitee" : "host";
    if (there.some((remote) => remote.role === wanted)) {
      this.#wasHere = true;
      return null;
    }
    return this.room.role === "host" ? this.#forHost(this.#state) : this.#forInvitee();
  }

  /** @param {State} state @returns {Words} */
  #forHost({ waiting, declined, call }) {
    const name = inviteeOf(this.room);
    if (waiting) {
      const text = "They see that you have been told, and wait for your answer.";
      return { title: `${waiting.name} is waiting`, text, answer: "ask", patient: false };
    }
    if (declined) {
      const text = "They were told that you cannot talk now. You can still let them in.";
      return { title: `You declined ${name}`, text, answer: "again", patient: false };
    }
    // There is a call since both were here, perhaps before this page was.
    const left = this.#wasHere || call !== null;
    const text = left
      ? "They can come back with the same link, and need not ask again. You hear a sound when they do."
      : "You hear a sound when they come.";
    return {
      title: left ? `${capital(name)} is not here now` : `Waiting for ${name}`,
      text,
      answer: "",
      patient: true,
    };
  }

  /** @returns {Words} */
  #forInvitee() {
    const text = "Keep this page open: the call goes on as soon as they are back.";
    return { title: `${hostOf(this.room)} is not here at the moment`, text, answer: "", patient: true };
  }

  /** @param {Remote[]} there @returns {Words | null} */
  #forObserver(there) {
    if (there.some((remote) => remote.role !== "observer")) return null;
    const text = "You see and hear them here as soon as they come.";
    return { title: "Nobody is talking yet", text, answer: "", patient: true };
  }
}
