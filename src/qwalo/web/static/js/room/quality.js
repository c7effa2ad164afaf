// @ts-check

/**
 * @typedef {import("./protocol.js").Measured} Measured
 * @typedef {"good" | "fair" | "poor"} Level
 *
 * @typedef {object} Received  What one report of `getStats` says of what is received, added up since the beginning.
 * @property {number} at  in seconds
 * @property {number} packets
 * @property {Map<string, { packets: number, lost: number }>} streams
 * @property {number} frozenSeconds
 * @property {boolean} countsFrozen  not every browser does
 * @property {number | undefined} roundTripMs
 * @property {number | undefined} jitterMs
 * @property {Map<string, { frames: number, width: number, height: number }>} videos
 *
 * @typedef {object} Sent  What one report says of what is sent, as the other side hears it.
 * @property {number} loss  0 to 1
 * @property {number | undefined} roundTripMs
 * @property {number | undefined} available  bits a second
 */

/** Of fewer, one lost packet would be a great part. */
const ENOUGH_PACKETS = 20;

/**
 * @param {RTCStatsReport} report
 * @returns {Received}
 */
export function received(report) {
  /** @type {Received} */
  const sum = {
    at: performance.now() / 1000,
    packets: 0,
    streams: new Map(),
    frozenSeconds: 0,
    countsFrozen: false,
    roundTripMs: roundTripMs(report),
    jitterMs: undefined,
    videos: new Map(),
  };
  for (const entry of of(report, "inbound-rtp")) {
    const { packetsReceived: packets = 0, packetsLost: lost = 0 } = entry;
    sum.packets += packets;
    sum.streams.set(entry.id, { packets, lost });
    if (entry.kind === "audio" && entry.jitter !== undefined) sum.jitterMs = entry.jitter * 1000;
    if (entry.kind !== "video") continue;
    sum.countsFrozen ||= entry.totalFreezesDuration !== undefined;
    sum.frozenSeconds += entry.totalFreezesDuration ?? 0;
    const { framesDecoded = 0, frameWidth = 0, frameHeight = 0 } = entry;
    sum.videos.set(entry.id, { frames: framesDecoded, width: frameWidth, height: frameHeight });
  }
  return sum;
}

/**
 * What was received between the two, within the limits of the `quality` message.
 * @param {Received} before
 * @param {Received} after
 * @returns {Measured}
 */
export function between(before, after) {
  /** @type {Measured} */
  const measured = {};
  if (after.roundTripMs !== undefined) measured.roundTripMs = whole(after.roundTripMs);
  if (after.jitterMs !== undefined) measured.jitterMs = whole(after.jitterMs);
  const loss = lossBetween(before, after);
  if (loss !== undefined) measured.lossPercent = hundredths(loss * 100);
  const video = largest(before, after);
  if (video) Object.assign(measured, { width: video.width, height: video.height });
  if (after.countsFrozen) {
    // A camera that comes back after a while is no freeze of that length.
    const frozen = Math.min(after.frozenSeconds - before.frozenSeconds, after.at - before.at);
    measured.frozenSeconds = hundredths(Math.max(frozen, 0));
  }
  return measured;
}

/**
 * @param {Measured} measured
 * @param {number} seconds  how long it was measured
 * @returns {Level}
 */
export function level({ roundTripMs = 0, lossPercent = 0, jitterMs = 0, frozenSeconds = 0 }, seconds) {
  const frozen = frozenSeconds / seconds;
  if (roundTripMs > 800 || lossPercent > 8 || jitterMs > 100 || frozen > 0.4) return "poor";
  if (roundTripMs > 350 || lossPercent > 3 || jitterMs > 50 || frozen > 0.15) return "fair";
  return "good";
}

/**
 * @param {RTCStatsReport} report
 * @returns {Sent}
 */
export function sent(report) {
  const losses = of(report, "remote-inbound-rtp").map(({ fractionLost }) => fractionLost ?? 0);
  return {
    loss: Math.max(0, ...losses),
    roundTripMs: roundTripMs(report),
    available: chosenPair(report)?.availableOutgoingBitrate,
  };
}

/**
 * Of the stream that suffers most: lost video is sent again and so hardly counts as lost, but voice is not.
 * @param {Received} before
 * @param {Received} after
 */
function lossBetween(before, after) {
  const losses = [...after.streams].flatMap(([id, now]) => {
    const then = before.streams.get(id) ?? { packets: 0, lost: 0 };
    const lost = Math.max(now.lost - then.lost, 0);
    const expected = now.packets - then.packets + lost;
    return expected >= ENOUGH_PACKETS ? [lost / expected] : [];
  });
  return losses.length ? Math.max(...losses) : undefined;
}

/**
 * The largest video that moved between the two.
 * @param {Received} before
 * @param {Received} after
 */
function largest(before, after) {
  return [...after.videos]
    .filter(([id, { frames, width }]) => width > 0 && frames > (before.videos.get(id)?.frames ?? 0))
    .map(([, video]) => video)
    .sort((one, other) => other.width * other.height - one.width * one.height)[0];
}

/** @param {RTCStatsReport} report */
function roundTripMs(report) {
  // Firefox knows it of the streams alone.
  const seconds =
    chosenPair(report)?.currentRoundTripTime ??
    of(report, "remote-inbound-rtp").find(({ roundTripTime }) => roundTripTime !== undefined)?.roundTripTime;
  return seconds === undefined ? undefined : seconds * 1000;
}

/** The pair of addresses in use. @param {RTCStatsReport} report */
function chosenPair(report) {
  const id = of(report, "transport")[0]?.selectedCandidatePairId;
  const pairs = of(report, "candidate-pair");
  const inUse = pairs.find((pair) => pair.id === id);
  return inUse ?? pairs.find(({ nominated, state }) => nominated && state === "succeeded");
}

/**
 * @param {RTCStatsReport} report
 * @param {RTCStatsType} type
 * @returns {any[]}
 */
function of(report, type) {
  /** @type {any[]} */
  const found = [];
  report.forEach((entry) => {
    if (entry.type === type) found.push(entry);
  });
  return found;
}

/** @param {number} value */
function whole(value) {
  return Math.min(Math.max(Math.round(value), 0), 1_000_000);
}

/** @param {number} value */
function hundredths(value) {
  return Math.round(value * 100) / 100;
}
