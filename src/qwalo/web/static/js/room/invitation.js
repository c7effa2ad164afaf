// @ts-check

/**
 * While somebody looks at the device check, the invitation can be withdrawn, or the interview completed in another
 * way. The server's page then says so. Once one has joined, the socket tells.
 */
export class Invitation {
  /** @param {string} page the invitee's page, which this one is. */
  constructor(page) {
    this.page = page;
    this.events = new EventSource(`${page}/live`);
    this.events.addEventListener("changed", () => void this.#look());
  }

  /** It is of no interest any more. */
  stop() {
    this.events.close();
  }

  async #look() {
    // Where the server cannot be reached nothing is known, and the next change comes with another look.
    const answer = await fetch(this.page).catch(() => undefined);
    if (!answer || answer.status >= 500 || this.events.readyState === EventSource.CLOSED) return;
    const still = answer.ok && (await answer.text()).includes('id="room"');
    if (!still) window.location.reload();
  }
}
