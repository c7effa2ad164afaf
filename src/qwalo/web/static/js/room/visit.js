// @ts-check

/**
 * That this tab is in the room, so that a reload goes straight back into the call as it was.
 *
 * @typedef {{ name: string, microphone: boolean, camera: boolean }} Visit
 */

/** @param {string} socket */
const keyOf = (socket) => `qwalo.visit.${socket}`;

/**
 * @param {string} socket
 * @param {Visit} visit
 */
export function remember(socket, visit) {
  attempt(() => sessionStorage.setItem(keyOf(socket), JSON.stringify(visit)));
}

/** @param {string} socket */
export function forget(socket) {
  attempt(() => sessionStorage.removeItem(keyOf(socket)));
}

/**
 * @param {string} socket
 * @returns {Visit | null}
 */
export function recall(socket) {
  return attempt(() => JSON.parse(sessionStorage.getItem(keyOf(socket)) ?? "null")) ?? null;
}

/**
 * A browser that keeps nothing for us (private windows, blocked site data) still holds the call.
 * @template T
 * @param {() => T} act
 */
function attempt(act) {
  try {
    return act();
  } catch {
    return undefined;
  }
}
