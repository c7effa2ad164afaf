// @ts-check

import { find } from "./elements.js";
import { Close } from "./protocol.js";
import { hostOf } from "./room.js";

/** @typedef {{ title: string, text: string, action: string, act: "rejoin" | "reload" | "leave" }} Ending */

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
      return {
        title: "You do not watch any more",
        text: `${hostOf(room)} has ended your watching.`,
        action: "Go to your workspaces",
        act: "leave",
      };
    case Close.NOT_AUTHORISED:
      return {
        title: invitee ? "Your link is not valid any more" : "You have no access to this interview",
        text: invitee
          ? "Look for a newer invitation, or ask whoever invited you for another link."
          : "You may have been signed out, or are not part of it any more. Load the page again to see.",
        action: "Load again",
        act: "reload",
      };
    case Close.NOT_FOUND:
      return {
        title: "This interview is not there any more",
        text: invitee ? "It was deleted. There is nothing that you have to do." : "It was deleted.",
        action: invitee ? "Load again" : "Go to your workspaces",
        act: invitee ? "reload" : "leave",
      };
    case Close.TOO_MANY:
      if (/full/.test(reason)) return { title: "The room is full", text: reason, action: "Try again", act: "rejoin" };
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
