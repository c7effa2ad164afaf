// @ts-check

import { announce } from "./elements.js";

/**
 * @typedef {import("./call.js").Remote} Remote
 * @typedef {"connected" | "interrupted" | "lost"} Condition
 * @typedef {object} Known
 * @property {Condition} now
 * @property {Condition} said
 * @property {boolean} screen
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 */

/** What mends itself sooner is not worth a word. */
const HELD_MS = 2000;

/** @type {Record<Condition, (name: string) => string>} */
const WORDS = {
  connected: (name) => `${name} is connected again.`,
  interrupted: (name) => `The connection to ${name} is interrupted.`,
  lost: (name) => `${name} has lost the connection.`,
};

/** Says aloud what the stage shows of the others: interrupted, back, and whether they show their screen. */
export class RemoteNews {
  /** By seat. @type {Map<string, Known>} */
  #known = new Map();

  /** @param {Remote[]} remotes */
  show(remotes) {
    const seen = remotes.filter((remote) => remote.role !== "observer" && remote.presence !== "left");
    this.#keep(new Set(seen.map(({ seat }) => seat)));
    for (const remote of seen) {
      const known = this.#of(remote.seat);
      this.#screen(known, remote);
      this.#condition(known, remote);
    }
  }

  clear() {
    this.#keep(new Set());
  }

  /** @param {string} seat */
  #of(seat) {
    /** @type {Known} */
    const known = this.#known.get(seat) ?? { now: "connected", said: "connected", screen: false, timer: undefined };
    this.#known.set(seat, known);
    return known;
  }

  /** @param {Known} known @param {Remote} remote */
  #screen(known, { name, media }) {
    if (known.screen === media.screen) return;
    known.screen = media.screen;
    announce(media.screen ? `${name} shows their screen.` : `${name} shows their screen no more.`);
  }

  /** @param {Known} known @param {Remote} remote */
  #condition(known, remote) {
    const now = conditionOf(remote) ?? known.now;
    if (now === known.now) return;
    known.now = now;
    clearTimeout(known.timer);
    known.timer = setTimeout(() => {
      if (known.said === now) return;
      known.said = now;
      announce(WORDS[now](remote.name));
    }, HELD_MS);
  }

  /** @param {Set<string>} seats */
  #keep(seats) {
    for (const [seat, { timer }] of this.#known) {
      if (seats.has(seat)) continue;
      clearTimeout(timer);
      this.#known.delete(seat);
    }
  }
}

/**
 * null: as before, since a connection that is only being made is no news.
 * @param {Remote} remote
 * @returns {Condition | null}
 */
function conditionOf({ connection, presence }) {
  if (connection === "connected") return "connected";
  if (presence === "lost") return "lost";
  return connection === "connecting" ? null : "interrupted";
}
