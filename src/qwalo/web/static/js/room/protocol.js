// @ts-check

/**
 * What the page and the server say to each other over the socket of a room. The server's side of the same, with
 * the limits of each field, is `qwalo/calls/messages.py`.
 *
 * @typedef {"host" | "invitee" | "observer"} Role
 * @typedef {"video" | "voice"} Mode
 *
 * @typedef {{ kind: "description", type: "offer" | "answer" | "rollback", sdp: string }} Description
 * @typedef {{ kind: "candidate", candidate: string, sdpMid?: string | null, sdpMLineIndex?: number | null,
 *   usernameFragment?: string | null }} Candidate
 * @typedef {{ kind: "request", what: "restart" | "rebuild" }} Request
 * @typedef {{ microphone: boolean, camera: boolean, screen: boolean }} Media
 * @typedef {{ kind: "media" } & Media} MediaSignal
 * @typedef {Description | Candidate | Request | MediaSignal} Signal
 *
 * @typedef {{ roundTripMs?: number, lossPercent?: number, jitterMs?: number, width?: number, height?: number,
 *   frozenSeconds?: number }} Measured
 *
 * @typedef {{ type: "join", load: string, name?: string, again?: true }} Join  `again`: this load has been in before,
 *   and comes back by itself, so that it must not take the seat from a later one
 * @typedef {{ type: "signal", to: string, load: string, generation: number, signal: Signal }} SendSignal
 * @typedef {{ type: "write", key: string, text: string }} Write
 * @typedef {{ type: "remove", seat: string }} Remove
 * @typedef {{ type: "quality" } & Measured} Quality
 * @typedef {{ type: "admit" | "decline" | "end" | "leave" | "pong" }} Plain
 * @typedef {Join | SendSignal | Write | Remove | Quality | Plain} FromBrowser
 *
 * @typedef {{ urls: string[], username?: string, credential?: string }} IceServer
 * @typedef {{ type: "welcome", seat: string, role: Role, name: string, iceServers: IceServer[],
 *   relayOnly: boolean }} Welcome
 * @typedef {"here" | "lost" | "left"} Presence
 * @typedef {{ seat: string, load: string, role: Role, name: string, presence: Presence }} Present
 * @typedef {{ type: "state", phase: "waiting" | "open" | "declined" | "ended", now: string, others: Present[],
 *   waiting: { seat: string, name: string, since: string } | null, declined: boolean,
 *   call: { id: string, startedAt: string } | null }} State
 * @typedef {{ type: "signal", sender: string, load: string, generation: number, signal: Signal }} Signalled
 * @typedef {{ seat: string, key: string, role: Role, name: string, text: string, at: string }} Written
 * @typedef {{ type: "chat", messages: Written[] }} Chat
 * @typedef {{ type: "ping" }} Ping
 * @typedef {Welcome | State | Signalled | Chat | Ping} ToBrowser
 */

/**
 * What arrived, with what the server leaves out because it has its usual value.
 * @param {string} text
 * @returns {ToBrowser}
 */
export function parse(text) {
  const message = JSON.parse(text);
  return message.type === "state" ? { others: [], waiting: null, declined: false, call: null, ...message } : message;
}

/** Codes with which the server closes the socket. */
export const Close = Object.freeze({
  TOO_LARGE: 1009,
  FAILED: 1011,
  RESTARTING: 1012,
  TRY_AGAIN: 1013,
  MALFORMED: 4400,
  NOT_AUTHORISED: 4401,
  DECLINED: 4403,
  NOT_FOUND: 4404,
  SILENT: 4408,
  REPLACED: 4409,
  ENDED: 4410,
  /** The page was opened at another address than the configured one. The reason is a sentence for the person. */
  MISDIRECTED: 4421,
  /** The room is full. */
  FULL: 4423,
  TOO_MANY: 4429,
});

/** After any other code the page connects again. @type {ReadonlySet<number>} */
export const FINAL = new Set([
  Close.TOO_LARGE,
  Close.MALFORMED,
  Close.NOT_AUTHORISED,
  Close.DECLINED,
  Close.NOT_FOUND,
  Close.REPLACED,
  Close.ENDED,
  Close.MISDIRECTED,
  Close.FULL,
  Close.TOO_MANY,
]);

/** Also the last one that the server takes. */
export const LAST_GENERATION = 1_000_000;

const LONGEST_TEXT = 4000;
/** Control characters, except for the tab and the new line, and halves of characters: the server refuses them. */
const UNWRITABLE = /[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]/gu;

/** How a text will stand in the chat. "" cannot be written. @param {string} text */
export function asWritten(text) {
  const clean = text.replace(/\r\n?/g, "\n").replace(UNWRITABLE, "\ufffd").trim();
  return Array.from(clean).slice(0, LONGEST_TEXT).join("").trimEnd();
}

/** @type {Readonly<Record<Role, number>>} */
const RANKS = { host: 0, invitee: 1, observer: 2 };

/** @param {Role} role */
export function rank(role) {
  return RANKS[role];
}

/**
 * Whether `own` is the side that makes the offers between the two. If both could, they would collide.
 * @param {{ seat: string, role: Role }} own
 * @param {{ seat: string, role: Role }} other
 */
export function offers(own, other) {
  const difference = rank(own.role) - rank(other.role);
  return difference < 0 || (difference === 0 && own.seat < other.seat);
}

/** An id as the protocol wants it, which nobody else has. */
export function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
