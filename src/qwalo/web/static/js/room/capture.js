// @ts-check

/**
 * @typedef {"microphone" | "camera"} Kind
 * @typedef {Partial<Record<Kind, MediaStreamTrack>>} Captured
 * @typedef {Partial<Record<Kind, string>>} Refusals  The name of each error; "Insecure" and "Dismissed" are ours.
 * @typedef {Partial<Record<Kind, string>>} Wishes  Device ids.
 */

/**
 * Asks the browser for these devices, in one question where it can. What is not to be had comes with a reason, and
 * does not take the other device with it.
 * @param {Kind[]} kinds
 * @param {Wishes} wishes
 * @returns {Promise<{ captured: Captured, refusals: Refusals }>}
 */
export async function capture(kinds, wishes) {
  if (!navigator.mediaDevices?.getUserMedia) return { captured: {}, refusals: refuseAll(kinds, "Insecure") };
  try {
    return { captured: await ask(kinds, wishes), refusals: {} };
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "Unknown";
    if (name === "NotAllowedError") return afterRefusal(kinds, wishes);
    if (kinds.length === 1) return { captured: {}, refusals: refuseAll(kinds, name) };
    return oneByOne(kinds, wishes);
  }
}

/**
 * @param {Kind[]} kinds
 * @param {Wishes} wishes
 * @returns {Promise<Captured>}
 */
async function ask(kinds, wishes) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: kinds.includes("microphone") ? sound(wishes.microphone) : false,
    video: kinds.includes("camera") ? picture(wishes.camera) : false,
  });
  const microphone = stream.getAudioTracks()[0];
  const camera = stream.getVideoTracks()[0];
  return { ...(microphone && { microphone }), ...(camera && { camera }) };
}

/**
 * A device that was chosen last time may be at home: `ideal` takes another one then, without an error.
 * @param {string | undefined} device
 * @returns {MediaTrackConstraints}
 */
function sound(device) {
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(device && { deviceId: { ideal: device } }),
  };
}

/**
 * @param {string | undefined} device
 * @returns {MediaTrackConstraints}
 */
function picture(device) {
  return {
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30, max: 30 },
    ...(device ? { deviceId: { ideal: device } } : { facingMode: "user" }),
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
