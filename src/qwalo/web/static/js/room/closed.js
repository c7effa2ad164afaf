// @ts-check

import { find } from "./elements.js";
import { Close } from "./protocol.js";
import { hostOf } from "./room.js";

/** @typedef {{ title: string, text: string, action: string, act: "rejoin" | "reload" | "home" }} Ending */

/** The last phase: why one is not in the call (any more), and the way on. */
export class Closed {
  /** @type {Ending["act"]} */
  #act = "reload";

  /**
   * @param {HTMLElement} root
   * @param {Record<Ending["act"], () => void>} ways
   */
  constructor(root, ways) {
    this.title = find(root, "[data-closed-title]", HTMLElement);
    this.text = find(root, "[data-closed-text]", HTMLElement);
    this.button = find(root, "[data-closed-action]", HTMLButtonElement);
    this.button.addEventListener("click", () => ways[this.#act]());
  }

  /** @param {Ending} ending */
  write({ title, text, action, act }) {
    this.title.textContent = title;
    this.text.textContent = text;
    this.button.textContent = action;
    this.button.hidden = false;
    this.#act = act;
  }
}

/** @type {Ending} */
export const LEFT = {
  title: "You left the call",
  text: "Your camera and microphone are off. You can come back for as long as the interview goes on.",
  action: "Rejoin",
  act: "rejoin",
};

/** @type {Ending} */
const SENT_OUT = {
  title: "You are not in the call any more",
  text: "The server has ended your place in it. Load the page again to come back.",
  action: "Load again",
  act: "reload",
};

/**
 * What is said after the server has closed the socket for good. DECLINED of an invitee, and ENDED, have pages of
 * their own.
 * @param {number} code
 * @param {string} reason
 * @param {import("./room.js").Room} room
 * @returns {Ending}
 */
export function endingOf(code, reason, room) {
  const invitee = room.role === "invitee";
  switch (code) {
    case Close.REPLACED:
      return {
        title: "The call goes on in another window",
        text: "You joined again from there, or from another device.",
        action: "Use this window",
        act: "rejoin",
      };
    case Close.DECLINED:
      if (room.role === "host") return SENT_OUT;
      return {
        title: "You do not watch any more",
        text: `${hostOf(room)} has ended your watching.`,
        action: "Go to your workspaces",
        act: "home",
      };
    case Close.NOT_AUTHORISED:
      return {
        title: invitee ? "Your link is not valid any more" : "You are not in this call any more",
        text: invitee
          ? "Look for a newer invitation, or ask whoever invited you for another link."
          : "Your access to this interview has ended, or your sign-in has run out. Load the page again to see which.",
        action: "Load again",
        act: "reload",
      };
    case Close.NOT_FOUND:
      return {
        title: "This interview is not there any more",
        text: invitee ? "It was deleted. There is nothing that you have to do." : "It was deleted.",
        action: invitee ? "Load again" : "Go to your workspaces",
        act: invitee ? "reload" : "home",
      };
    case Close.FULL:
      return {
        title: "The room is full",
        text: "As many people as it holds are in it. When somebody has left, you can try again.",
        action: "Try again",
        act: "rejoin",
      };
    case Close.MISDIRECTED:
      return { title: "This is not the address for calls", text: reason, action: "Load again", act: "reload" };
    case Close.TOO_MANY:
      return closedBecause("this page has sent too much at once");
    case Close.TOO_LARGE:
      return closedBecause("this page has sent a message that is too large");
    default:
      return closedBecause("this page has said something that the server does not understand");
  }
}

/**
 * @param {string} why
 * @returns {Ending}
 */
function closedBecause(why) {
  return {
    title: "The connection was closed",
    text: `It was closed because ${why}. Load the page again to go on: you come back to where you were.`,
    action: "Load again",
    act: "reload",
  };
}
