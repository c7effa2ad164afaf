// @ts-check

import { browserOf } from "./browser.js";
import { announce, find, findAll, rescueFocus } from "./elements.js";
import { helpFor } from "./help.js";

/** @typedef {import("./capture.js").Kind} Kind */

/** What is wrong with one's devices, in the check and in the dialog. Nothing of it keeps anybody from joining. */
export class ProblemPanels {
  #said = "";

  /** @param {import("./devices.js").LocalMedia} media */
  constructor(media) {
    this.media = media;
    this.panels = findAll(document, "[data-problem]", HTMLElement);
    for (const panel of this.panels) {
      find(panel, "[data-try-again]", HTMLButtonElement).addEventListener("click", () => void media.retry());
      find(panel, "[data-voice-only]", HTMLButtonElement).addEventListener("click", () => void this.#voiceOnly());
    }
    media.addEventListener("change", () => this.#show());
  }

  async #voiceOnly() {
    await this.media.setCamera(false);
    await this.media.retry();
  }

  #show() {
    const { problems, wanted, asking } = this.media;
    if (asking) return;
    /** @type {Kind[]} */
    const all = ["camera", "microphone"];
    const failed = all.filter((kind) => problems[kind] && (kind === "microphone" || wanted.camera));
    const first = failed.includes("microphone") ? problems.microphone : problems.camera;
    const same = failed.filter((kind) => problems[kind] === first);
    for (const panel of this.panels) {
      panel.hidden = !first;
      if (first) this.#write(panel, same, first, failed);
      rescueFocus(panel);
    }
    const key = first ? `${first} ${failed.join()}` : "";
    if (key && key !== this.#said) announce(helpFor(same, first ?? "", browserOf()).title);
    this.#said = key;
  }

  /**
   * @param {HTMLElement} panel
   * @param {Kind[]} kinds
   * @param {string} error
   * @param {Kind[]} failed
   */
  #write(panel, kinds, error, failed) {
    const help = helpFor(kinds, error, browserOf());
    find(panel, "[data-problem-title]", HTMLElement).textContent = help.title;
    find(panel, "[data-problem-text]", HTMLElement).textContent = help.text;
    find(panel, "[data-problem-steps]", HTMLElement).replaceChildren(...help.steps.map(step));
    find(panel, "[data-problem-without]", HTMLElement).textContent = without(failed);
    const trying = find(panel, "[data-try-again]", HTMLButtonElement);
    trying.hidden = error === "Insecure";
    find(panel, "[data-voice-only]", HTMLButtonElement).hidden = !failed.includes("camera") || error === "Insecure";
  }
}

/** @param {Kind[]} failed */
function without(failed) {
  if (!failed.includes("microphone")) return "You can also join with voice only: they hear you, and see your initial.";
  return "You can join all the same, and listen: they do not hear you, and you can write in the chat.";
}

/** @param {string} text */
function step(text) {
  const item = document.createElement("li");
  const words = document.createElement("span");
  words.textContent = text;
  item.append(words);
  return item;
}
