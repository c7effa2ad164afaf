// @ts-check

/**
 * While somebody looks at the device check, or has left, the invitation can be withdrawn, or the interview completed.
 * The server's page then says so. Once one has joined, the socket tells.
 */
export class Invitation {
  /** @type {EventSource | null} */
  #events = null;

  /** @param {string} page the invitee's page, which this one is. */
  constructor(page) {
    this.page = page;
    this.watch();
  }

  watch() {
    this.stop();
    const events = new EventSource(`${this.page}/live`);
    events.addEventListener("changed", () => void this.#look(events));
    this.#events = events;
  }

  /** It is of no interest any more. */
  stop() {
    this.#events?.close();
    this.#events = null;
  }

  /** @param {EventSource} events */
  async #look(events) {
    // Where the server cannot be reached nothing is known, and the next change comes with another look.
    const answer = await fetch(this.page).catch(() => undefined);
    if (!answer || answer.status >= 500 || events.readyState === EventSource.CLOSED) return;
    const still = answer.ok && (await answer.text()).includes('id="room"');
    if (!still) window.location.reload();
  }
}
