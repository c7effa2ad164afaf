// @ts-check

import { keepShortcutsWanted, shortcutsWanted } from "./choices.js";
import { find } from "./elements.js";

/** Single letters that do what a button does, unless one is writing or has turned them off. */
export class Shortcuts {
  #wanted = shortcutsWanted();

  /** @param {Record<string, () => void>} actions  by letter */
  constructor(actions) {
    this.actions = actions;
    const box = find(document, "[data-shortcuts]", HTMLInputElement);
    box.checked = this.#wanted;
    box.addEventListener("change", () => {
      this.#wanted = box.checked;
      keepShortcutsWanted(box.checked);
    });
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (!this.#wanted || modified || event.repeat || event.isComposing || event.defaultPrevented) return;
    if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
    const action = this.actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  }
}

/** @param {EventTarget | null} target */
function isWriting(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
