// @ts-check

/**
 * Which devices somebody chose in this browser, by the ids that the browser gives them for this site.
 *
 * @typedef {"microphone" | "camera" | "speaker"} DeviceKind
 * @typedef {Partial<Record<DeviceKind, string>>} Choices
 */

const DEVICES = "qwalo.devices";
const SHORTCUTS = "qwalo.shortcuts";

/** @returns {Choices} */
export function readChoices() {
  try {
    const kept = JSON.parse(localStorage.getItem(DEVICES) ?? "{}");
    return typeof kept === "object" && kept !== null ? kept : {};
  } catch {
    // Storage is blocked, or holds what is not ours: the browser chooses.
    return {};
  }
}

/** @param {Choices} choices */
export function keepChoices(choices) {
  write(DEVICES, JSON.stringify(choices));
}

/** Whether single letters work as shortcuts. Speech input and some keyboards send letters that nobody meant. */
export function shortcutsWanted() {
  try {
    return localStorage.getItem(SHORTCUTS) !== "off";
  } catch {
    return true;
  }
}

/** @param {boolean} wanted */
export function keepShortcutsWanted(wanted) {
  write(SHORTCUTS, wanted ? "on" : "off");
}

/**
 * @param {string} key
 * @param {string} value
 */
function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice then holds for this page only.
  }
}
