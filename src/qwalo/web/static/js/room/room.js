// @ts-check

/**
 * What the server says about the room in `data-room`.
 *
 * @typedef {object} Room
 * @property {"host" | "invitee" | "observer"} role
 * @property {"video" | "voice"} mode
 * @property {string} title
 * @property {string} organization
 * @property {string | null} inviteeName
 * @property {string | null} hostName
 * @property {string | null} yourName
 * @property {string} inviteeId
 * @property {string} socket
 * @property {string} leaveUrl
 * @property {string} endedUrl
 * @property {string} homeUrl  where one can go when the interview is gone
 * @property {string | null} acceptUrl
 */

/**
 * @param {HTMLElement} element
 * @returns {Room}
 */
export function readRoom(element) {
  return JSON.parse(element.dataset.room ?? "");
}

/** How the host is called. @param {Room} room */
export function hostOf(room) {
  return room.hostName || room.organization;
}

/** How the invitee is called, in the middle of a sentence. @param {Room} room */
export function inviteeOf(room) {
  return room.inviteeName || "the invitee";
}

/** @param {string} sentence */
export function capital(sentence) {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
