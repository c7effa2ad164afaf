// @ts-check

/** A lost socket mends itself in a fraction of a second, mostly; only a longer silence is worth a word. */
const PATIENCE_MS = 1000;

/** The small hint that the server cannot be reached. The call itself goes on without it. */
export class SocketHint {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {boolean} lost */
  show(lost) {
    clearTimeout(this.#timer);
    if (lost) this.#timer = setTimeout(() => this.#write("Reconnecting…"), PATIENCE_MS);
    else this.#write("");
  }

  /** @param {string} text */
  #write(text) {
    const hint = document.getElementById("connection-hint");
    if (!hint || hint.textContent === text) return;
    hint.textContent = text;
    hint.dataset.cause = text ? "socket" : "";
    hint.hidden = !text;
  }
}
