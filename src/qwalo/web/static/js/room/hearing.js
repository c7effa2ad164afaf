// @ts-check

/** The sound of the others, each in an element of its own. `blocked` (detail: boolean) when the browser refuses it. */
export class Hearing extends EventTarget {
  /** @type {Map<string, HTMLAudioElement>} */
  #players = new Map();
  /** @type {Set<string>} */
  #refused = new Set();
  #speaker = "";

  /** @param {string} seat @param {MediaStream | null} stream */
  play(seat, stream) {
    if (!stream) {
      this.#remove(seat);
      return;
    }
    const player = this.#players.get(seat) ?? this.#add(seat);
    if (player.srcObject === stream) return;
    player.srcObject = stream;
    void this.#start(seat, player);
  }

  /** Those who are not among these are heard no more. @param {Set<string>} seats */
  keep(seats) {
    for (const seat of [...this.#players.keys()]) if (!seats.has(seat)) this.#remove(seat);
  }

  /** From a press, which browsers want to have seen. */
  async unblock() {
    const refused = [...this.#players].filter(([seat]) => this.#refused.has(seat));
    await Promise.all(refused.map(([seat, player]) => this.#start(seat, player)));
  }

  /** @param {string} speaker */
  useSpeaker(speaker) {
    if (speaker === this.#speaker) return;
    this.#speaker = speaker;
    for (const player of this.#players.values()) this.#route(player);
  }

  /** @param {string} seat */
  #add(seat) {
    const player = new Audio();
    player.autoplay = true;
    this.#players.set(seat, player);
    if (this.#speaker) this.#route(player);
    return player;
  }

  /** @param {string} seat */
  #remove(seat) {
    const player = this.#players.get(seat);
    if (!player) return;
    player.srcObject = null;
    this.#players.delete(seat);
    this.#tell(seat, false);
  }

  /** @param {HTMLAudioElement} player */
  #route(player) {
    if (!("setSinkId" in player)) return;
    // A speaker that is gone leaves the sound where it was.
    player.setSinkId(this.#speaker).catch(() => undefined);
  }

  /** @param {string} seat @param {HTMLAudioElement} player */
  async #start(seat, player) {
    try {
      await player.play();
      this.#tell(seat, false);
    } catch (error) {
      // AbortError: another stream came in between, and is played in its own turn.
      if (error instanceof DOMException && error.name === "NotAllowedError") this.#tell(seat, true);
    }
  }

  /** @param {string} seat @param {boolean} refused */
  #tell(seat, refused) {
    const before = this.#refused.size > 0;
    if (refused) this.#refused.add(seat);
    else this.#refused.delete(seat);
    const after = this.#refused.size > 0;
    if (before !== after) this.dispatchEvent(new CustomEvent("blocked", { detail: after }));
  }
}
