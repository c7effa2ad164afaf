// @ts-check

/** An offer that has led to nothing for so long is made again from scratch: browsers can get stuck for ever. */
const GUARD_MS = 4000;
const LONGEST_GUARD_MS = 20_000;
/** Signs of life put the guard off, but not for ever. */
const GUARDS_AT_MOST = 3;
const DISCONNECTED_MS = 1500;
const AGAIN_MS = 5000;
const RESTARTS = 3;

/**
 * Says when a connection needs mending, and how: a connection that has worked gets new ICE candidates, one that never
 * did or that these do not help is built anew. Times are of `performance.now()`.
 */
export class Repair {
  #everConnected = false;
  #connected = false;
  #broken = false;
  #restarts = 0;
  #rebuilds = 0;
  #startedAt = 0;
  #dueAt = Infinity;
  #patience;

  /** @param {number} patience  how much longer than usual this side waits */
  constructor(patience) {
    this.#patience = patience;
  }

  get #guard() {
    return Math.min(GUARD_MS * 1.5 ** this.#rebuilds, LONGEST_GUARD_MS) + this.#patience;
  }

  /** A new `RTCPeerConnection`. @param {number} now */
  begin(now) {
    this.#everConnected = this.#connected = this.#broken = false;
    this.#restarts = 0;
    this.#startedAt = now;
    this.#dueAt = now + this.#guard;
  }

  /** A description or a candidate came, or a state changed. @param {number} now */
  progress(now) {
    if (this.#everConnected || this.#broken) return;
    this.#dueAt = Math.min(now + this.#guard, this.#startedAt + GUARDS_AT_MOST * this.#guard);
  }

  /**
   * @param {RTCPeerConnectionState} state
   * @param {number} now
   */
  changed(state, now) {
    if (state === "connected") {
      this.#everConnected = this.#connected = true;
      this.#broken = false;
      this.#restarts = this.#rebuilds = 0;
      this.#dueAt = Infinity;
    } else if (!this.#everConnected) {
      // Failing at once would be tried again at once.
      this.#dueAt = state === "failed" ? Math.max(now, this.#startedAt + this.#guard / 2) : this.#dueAt;
    } else {
      const wait = state === "failed" ? 0 : DISCONNECTED_MS + this.#patience;
      if (this.#connected || state === "failed") this.#dueAt = Math.min(this.#dueAt, now + wait);
      this.#connected = false;
    }
  }

  /** The two can talk again through the server: what is broken is mended now. @param {number} now */
  resume(now) {
    if (this.#connected) return;
    this.#restarts = this.#rebuilds = 0;
    this.#dueAt = now + (this.#everConnected ? AGAIN_MS : this.#guard);
  }

  /** A description could not be used. @param {number} now */
  broken(now) {
    this.#everConnected = this.#connected = false;
    this.#broken = true;
    this.#dueAt = Math.max(now, this.#startedAt + this.#guard / 2);
  }

  /**
   * What to do now. Asked while the two can talk through the server.
   * @param {number} now
   * @returns {"restart" | "rebuild" | null}
   */
  due(now) {
    if (now < this.#dueAt) return null;
    if (this.#everConnected && this.#restarts < RESTARTS) {
      this.#restarts += 1;
      this.#dueAt = now + AGAIN_MS;
      return "restart";
    }
    this.#rebuilds += 1;
    this.#dueAt = now + this.#guard;
    return "rebuild";
  }
}
