// @ts-check

import { find, findAll } from "./elements.js";
import { allowSound } from "./sound.js";

/** The first phase: one sees oneself, says one's name, and joins. */
export class Check {
  /**
   * @param {HTMLElement} root
   * @param {import("./devices.js").LocalMedia} media
   * @param {{ mode: "video" | "voice", join: (name: string) => void }} options
   */
  constructor(root, media, { mode, join }) {
    this.media = media;
    this.mode = mode;
    this.state = root.querySelector("[data-preview-state]");
    const form = find(root, "[data-join]", HTMLFormElement);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      allowSound();
      join(String(new FormData(form).get("name") ?? "").trim());
    });
    for (const slow of findAll(root, "[data-until-ready]", HTMLElement)) slow.hidden = true;
    for (const button of findAll(root, "[data-when-ready]", HTMLButtonElement)) button.disabled = false;
    media.addEventListener("change", () => this.#show());
  }

  #show() {
    if (this.state) this.state.textContent = this.#words();
  }

  #words() {
    const { tracks, asking, wanted } = this.media;
    if (tracks.camera) return "";
    if (asking) return "Waiting for your browser. It may ask you to allow this.";
    if (this.mode === "voice") return this.#soundInWords();
    return wanted.camera ? "There is no picture" : "Your camera is off";
  }

  #soundInWords() {
    const { tracks, problems, wanted } = this.media;
    if (["NotAllowedError", "SecurityError"].includes(problems.microphone ?? "")) return "Your microphone is blocked";
    if (problems.microphone) return "Your microphone cannot be used";
    if (!wanted.microphone) return "You are muted";
    return tracks.microphone ? "" : "Your microphone is off";
  }
}
