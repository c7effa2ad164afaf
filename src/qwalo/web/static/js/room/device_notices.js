// @ts-check

/**
 * @typedef {import("./capture.js").Kind} Kind
 * @typedef {{ kind: import("./choices.js").DeviceKind, label: string | null }} Detail
 */

const SCREEN_BLOCKED =
  "Your system does not let the browser show your screen. Open System Settings, then Privacy & Security, then Screen " +
  "Recording, and turn on your browser there. It may have to be started again.";

/**
 * Says during a call what happened to one's devices, and offers the one tap that mends it.
 * @param {import("./devices.js").LocalMedia} media
 * @param {import("./controls.js").Controls} controls
 * @param {{ notices: import("./notices.js").Notices, help: () => void }} places
 */
export function noticeDevices(media, controls, { notices, help }) {
  /** @type {Set<string>} */
  const interrupted = new Set();
  let sharing = false;

  media.addEventListener("lost", (event) => {
    const { kind, label } = /** @type {CustomEvent<Detail>} */ (event).detail;
    interrupted.delete(kind);
    notices.show(kind, { text: `Your ${kind} was unplugged. ${insteadOf(kind, label)}`, action: "Devices", act: help });
  });

  media.addEventListener("interrupted", (event) => {
    const { kind } = /** @type {CustomEvent<{ kind: Kind }>} */ (event).detail;
    if (!media.wanted[kind]) return;
    interrupted.add(kind);
    notices.show(kind, {
      text: `Your ${kind} was interrupted, perhaps by a phone call. ${missing(kind)}`,
      action: kind === "camera" ? "Use the camera again" : "Use the microphone again",
      act: () => void resume(kind),
    });
  });

  media.addEventListener("blocked", (event) => {
    const { kind } = /** @type {CustomEvent<{ kind: Kind }>} */ (event).detail;
    const text = `Your ${kind} is blocked: your browser does not let this page use it any more. ${missing(kind)}`;
    notices.show(`${kind} failed`, { text, action: "How to mend it", act: help });
  });

  media.addEventListener("refused", (event) => {
    const { kind, label } = /** @type {CustomEvent<Detail>} */ (event).detail;
    const chosen = label ? `“${label}”` : `The ${kind} that you chose`;
    notices.show(`${kind} refused`, {
      text: `${chosen} cannot be used, perhaps because another program uses it. The ${kind} is the one from before.`,
    });
  });

  // An interruption that is over, or a device that works again, needs no notice.
  media.addEventListener("change", () => {
    for (const kind of /** @type {const} */ (["microphone", "camera"])) {
      const over = media.shown[kind] || !media.wanted[kind];
      if (over && interrupted.delete(kind)) notices.take(kind);
      if (!media.problems[kind]) notices.take(`${kind} failed`);
    }
    if (media.shown.screen === sharing) return;
    sharing = media.shown.screen;
    if (!sharing) notices.take("screen");
    else notices.show("screen", { text: "The others see your screen.", lasting: true });
  });
  controls.addEventListener("failed", (event) => {
    const { toggle, error } = /** @type {CustomEvent<{ toggle: string, error: string }>} */ (event).detail;
    if (toggle === "screen" && error === "BlockedBySystem") notices.show("screen", { text: SCREEN_BLOCKED });
    else if (toggle === "screen")
      notices.show("screen", { text: "Your screen could not be shared. Try again, or share another window." });
    else failed(toggle);
  });

  /** @param {Kind} kind */
  async function resume(kind) {
    await media.resume(kind);
    if (media.problems[kind]) failed(kind);
  }

  /** @param {string} kind */
  function failed(kind) {
    notices.show(`${kind} failed`, { text: `Your ${kind} cannot be used.`, action: "How to mend it", act: help });
  }
}

/** @param {Kind} kind */
function missing(kind) {
  return `The others do not ${kind === "camera" ? "see" : "hear"} you.`;
}

/**
 * @param {Detail["kind"]} kind
 * @param {string | null} label
 */
function insteadOf(kind, label) {
  if (kind === "speaker") return "The sound now comes from your system’s speaker.";
  return label ? `“${label}” is used instead.` : `There is no other ${kind}.`;
}
