// @ts-check

import { find, findAll } from "./elements.js";
import { testTone } from "./sound.js";

/** @typedef {import("./choices.js").DeviceKind} DeviceKind */

/** The lists of devices, in the check and in the dialog, and the test of the speaker beside them. */
export class Pickers {
  /** @param {import("./devices.js").LocalMedia} media */
  constructor(media) {
    this.media = media;
    this.selects = findAll(document, "[data-picker]", HTMLSelectElement);
    for (const select of this.selects) select.addEventListener("change", () => void this.#choose(select));
    for (const button of findAll(document, "[data-test-sound]", HTMLButtonElement)) {
      button.addEventListener("click", () => void this.#test(button));
    }
    media.addEventListener("change", () => this.#fill());
  }

  /** @param {HTMLSelectElement} select */
  async #choose(select) {
    await this.media.choose(kindOf(select), select.value);
  }

  #fill() {
    for (const select of this.selects) fill(select, this.media);
  }

  /** @param {HTMLButtonElement} button */
  async #test(button) {
    if (button.hasAttribute("data-playing")) return;
    const label = find(button, "[data-label]", HTMLElement);
    const words = label.textContent;
    button.toggleAttribute("data-playing", true);
    label.textContent = "Playing…";
    await testTone(this.media.choices.speaker ?? "");
    label.textContent = words;
    button.toggleAttribute("data-playing", false);
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {import("./devices.js").LocalMedia} media
 */
function fill(select, media) {
  const kind = kindOf(select);
  // Without permission browsers give neither names nor ids.
  const devices = media.devices[kind].filter((device) => device.deviceId && device.label);
  const unable = kind === "speaker" && !("setSinkId" in HTMLMediaElement.prototype);
  const options = unable || !devices.length ? [] : devices;
  const chosen = inUse(kind, media);
  const rows = options.map((device) => ({ value: device.deviceId, text: device.label }));
  if (!rows.length) rows.push({ value: "", text: emptyText(kind, media, unable) });
  else if (kind === "speaker" && !rows.some((row) => row.value === "default")) {
    rows.unshift({ value: "", text: "The system’s speaker" });
  }
  const wanted = rows.some((row) => row.value === chosen) ? chosen : (rows[0]?.value ?? "");
  // Written anew only when it differs, since that closes an open list.
  const signature = JSON.stringify([rows, wanted]);
  if (select.dataset.rows !== signature) {
    select.dataset.rows = signature;
    select.replaceChildren(...rows.map(({ value, text }) => new Option(text, value)));
  }
  // What somebody has chosen in it may not be what the browser then gave.
  if (select.value !== wanted) select.value = wanted;
  select.disabled = options.length === 0;
}

/**
 * @param {DeviceKind} kind
 * @param {import("./devices.js").LocalMedia} media
 */
function inUse(kind, media) {
  if (kind === "speaker") return media.choices.speaker ?? "";
  const used = media.tracks[kind]?.getSettings().deviceId;
  return (media.asks(kind) && media.choices[kind]) || (used ?? media.choices[kind] ?? "");
}

/**
 * @param {DeviceKind} kind
 * @param {import("./devices.js").LocalMedia} media
 * @param {boolean} unable
 */
function emptyText(kind, media, unable) {
  if (unable) return "Chosen in the system’s settings";
  if (kind === "speaker") return "The system’s speaker";
  return media.devices[kind].length ? "Chosen by the browser" : `No ${kind} found`;
}

/**
 * @param {HTMLSelectElement} select
 * @returns {DeviceKind}
 */
function kindOf(select) {
  return /** @type {DeviceKind} */ (select.dataset.picker);
}
