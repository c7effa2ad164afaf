// @ts-check

/**
 * @typedef {"microphone" | "camera"} Kind
 * @typedef {Partial<Record<Kind, MediaStreamTrack>>} Captured
 * @typedef {Partial<Record<Kind, string>>} Refusals  The name of each error; "Insecure" and "Dismissed" are ours.
 * @typedef {Partial<Record<Kind, string>>} Wishes  Device ids.
 */

/**
 * All that there are, also those that are not in use.
 * @returns {Promise<Record<import("./choices.js").DeviceKind, MediaDeviceInfo[]>>}
 */
export async function listDevices() {
  const known = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  /** @param {MediaDeviceKind} kind */
  const of = (kind) => known.filter((device) => device.kind === kind);
  return { microphone: of("audioinput"), camera: of("videoinput"), speaker: of("audiooutput") };
}

/**
 * Asks the browser for these devices, in one question where it can. What is not to be had comes with a reason, and
 * does not take the other device with it.
 * @param {Kind[]} kinds
 * @param {Wishes} wishes
 * @param {"ideal" | "exact"} [how]  whether another device is better than none
 * @returns {Promise<{ captured: Captured, refusals: Refusals }>}
 */
export async function capture(kinds, wishes, how = "ideal") {
  if (!navigator.mediaDevices?.getUserMedia) return { captured: {}, refusals: refuseAll(kinds, "Insecure") };
  try {
    return { captured: await ask(kinds, wishes, how), refusals: {} };
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "Unknown";
    if (name === "NotAllowedError") return afterRefusal(kinds, wishes);
    if (kinds.length === 1) return { captured: {}, refusals: refuseAll(kinds, name) };
    return oneByOne(kinds, wishes);
  }
}

/**
 * Asks the person which screen or window to share.
 * @returns {Promise<{ track?: MediaStreamTrack, error?: string }>} the name of the error; "BlockedBySystem" is ours
 */
export async function captureScreen() {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
    const track = stream.getVideoTracks()[0];
    if (!track) return { error: "NotFoundError" };
    // Letters have to stay sharp; a moving picture may lose frames instead.
    track.contentHint = "detail";
    return { track };
  } catch (error) {
    if (!(error instanceof DOMException)) return { error: "Unknown" };
    // Closing the question has the same name.
    const bySystem = error.name === "NotAllowedError" && /\bby (the )?system\b/i.test(error.message);
    return { error: bySystem ? "BlockedBySystem" : error.name };
  }
}

/**
 * @param {Kind[]} kinds
 * @param {Wishes} wishes
 * @param {"ideal" | "exact"} [how]
 * @returns {Promise<Captured>}
 */
async function ask(kinds, wishes, how = "ideal") {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: kinds.includes("microphone") ? sound(wishes.microphone, how) : false,
    video: kinds.includes("camera") ? picture(wishes.camera, how) : false,
  });
  const microphone = stream.getAudioTracks()[0];
  const camera = stream.getVideoTracks()[0];
  return { ...(microphone && { microphone }), ...(camera && { camera }) };
}

/**
 * A device that was chosen last time may be at home: `ideal` takes another one then, without an error.
 * @param {string | undefined} device
 * @param {"ideal" | "exact"} how
 * @returns {MediaTrackConstraints}
 */
function sound(device, how) {
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(device && { deviceId: { [how]: device } }),
  };
}

/**
 * @param {string | undefined} device
 * @param {"ideal" | "exact"} how
 * @returns {MediaTrackConstraints}
 */
function picture(device, how) {
  return {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
    ...(device ? { deviceId: { [how]: device } } : { facingMode: "user" }),
  };
}

/**
 * One blocked device has the question for both refused. The other one is asked for alone then, but only then:
 * whoever has just said no is not asked again.
 * @param {Kind[]} kinds
 * @param {Wishes} wishes
 */
async function afterRefusal(kinds, wishes) {
  const permissions = await Promise.all(kinds.map(permission));
  const blocked = kinds.filter((_, index) => permissions[index] === "denied");
  const open = kinds.filter((_, index) => permissions[index] !== "denied");
  if (blocked.length && open.length) {
    const rest = await oneByOne(open, wishes);
    return { captured: rest.captured, refusals: { ...refuseAll(blocked, "NotAllowedError"), ...rest.refusals } };
  }
  const dismissed = permissions.length > 0 && permissions.every((state) => state === "prompt");
  return { captured: {}, refusals: refuseAll(kinds, dismissed ? "Dismissed" : "NotAllowedError") };
}

/**
 * @param {Kind[]} kinds
 * @param {Wishes} wishes
 */
async function oneByOne(kinds, wishes) {
  /** @type {Captured} */
  const captured = {};
  /** @type {Refusals} */
  const refusals = {};
  for (const kind of kinds) {
    try {
      Object.assign(captured, await ask([kind], wishes));
    } catch (error) {
      refusals[kind] = error instanceof DOMException ? error.name : "Unknown";
    }
  }
  return { captured, refusals };
}

/**
 * @param {Kind} kind
 * @returns {Promise<PermissionState | null>} null where the browser does not tell
 */
async function permission(kind) {
  try {
    const name = /** @type {PermissionName} */ (/** @type {string} */ (kind));
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return null;
  }
}

/**
 * @param {Kind[]} kinds
 * @param {string} name
 * @returns {Refusals}
 */
function refuseAll(kinds, name) {
  return Object.fromEntries(kinds.map((kind) => [kind, name]));
}
