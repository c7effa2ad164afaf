// @ts-check

/** @typedef {{ kind: "microphone" | "camera" | "speaker", label: string | null }} Detail */

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
    notices.show(kind, { text: `Your ${kind} was unplugged. ${insteadOf(kind, label)}`, action: "Devices", act: help });
  });

  media.addEventListener("interrupted", (event) => {
    const { kind } = /** @type {CustomEvent<{ kind: "microphone" | "camera" }>} */ (event).detail;
    const missing = kind === "camera" ? "see" : "hear";
    notices.show(kind, {
      text: `Your ${kind} was interrupted, perhaps by a phone call. The others do not ${missing} you.`,
      action: kind === "camera" ? "Use the camera again" : "Use the microphone again",
      act: () => void media.resume(kind),
    });
  });

  // An interruption that is over by itself, or a device that works again, needs no notice.
  media.addEventListener("change", () => {
    for (const kind of /** @type {const} */ (["microphone", "camera"])) {
      if (media.interrupted[kind]) interrupted.add(kind);
      else if (interrupted.delete(kind)) notices.take(kind);
      if (!media.problems[kind]) notices.take(`${kind} failed`);
    }
    if (media.shown.screen === sharing) return;
    sharing = media.shown.screen;
    if (!sharing) notices.take("screen");
    else notices.show("screen", { text: "The others see your screen.", lasting: true });
  });
  controls.addEventListener("failed", (event) => {
    const { toggle } = /** @type {CustomEvent<{ toggle: string }>} */ (event).detail;
    if (toggle === "screen")
      notices.show("screen", { text: "Your screen could not be shared. Try again, or share another window." });
    else
      notices.show(`${toggle} failed`, { text: `Your ${toggle} cannot be used.`, action: "How to mend it", act: help });
  });
}

/**
 * @param {Detail["kind"]} kind
 * @param {string | null} label
 */
function insteadOf(kind, label) {
  if (kind === "speaker") return "The sound now comes from your system’s speaker.";
  return label ? `“${label}” is used instead.` : `There is no other ${kind}.`;
}
