// @ts-check

const SHORTLY_MS = 400;

/** @type {AudioContext | null} */
let context = null;

/** The one AudioContext of the page. Browsers let it sound after the first press of a key or a button. */
export function audioContext() {
  context ??= new AudioContext();
  return context;
}

/** To be called from a press: afterwards chimes may sound. */
export function allowSound() {
  if (audioContext().state !== "running")
    void audioContext()
      .resume()
      .catch(() => undefined);
}

/** Whether the browser holds sound back until somebody presses something. */
export function soundHeldBack() {
  return context?.state === "suspended";
}

/** Somebody is waiting. What cannot sound now is left out: with the next press it would come out of nowhere. */
export function chime() {
  void ring();
}

async function ring() {
  const sound = audioContext();
  const resumed = sound.resume().catch(() => undefined);
  await Promise.race([resumed, new Promise((resolve) => setTimeout(resolve, SHORTLY_MS))]);
  if (sound.state !== "running") return;
  await play([
    { pitch: 659.25, at: 0, length: 0.5 },
    { pitch: 880, at: 0.18, length: 0.9 },
  ]);
}

/** Three rising notes, long enough to find the volume. @param {string} speaker its id; "" is the system's */
export function testTone(speaker) {
  return play(
    [
      { pitch: 523.25, at: 0, length: 0.5 },
      { pitch: 659.25, at: 0.35, length: 0.5 },
      { pitch: 783.99, at: 0.7, length: 0.9 },
    ],
    speaker,
  );
}

/**
 * @param {{ pitch: number, at: number, length: number }[]} notes
 * @param {string} [speaker]
 */
async function play(notes, speaker) {
  const sound = audioContext();
  await sound.resume().catch(() => undefined);
  const { output, close } = await destination(sound, speaker);
  const end = Math.max(...notes.map((note) => note.at + note.length));
  for (const note of notes) strike(sound, output, note);
  await new Promise((resolve) => setTimeout(resolve, end * 1000));
  close();
}

/**
 * @param {AudioContext} sound
 * @param {string} [speaker]
 * @returns {Promise<{ output: AudioNode, close: () => void }>}
 */
async function destination(sound, speaker) {
  if (!speaker || !("setSinkId" in HTMLMediaElement.prototype)) return { output: sound.destination, close: () => {} };
  const stream = sound.createMediaStreamDestination();
  const player = new Audio();
  player.srcObject = stream.stream;
  try {
    await player.setSinkId(speaker);
    await player.play();
  } catch {
    // That speaker is gone: the system's own one sounds.
    return { output: sound.destination, close: () => {} };
  }
  return { output: stream, close: () => player.pause() };
}

/**
 * @param {AudioContext} sound
 * @param {AudioNode} output
 * @param {{ pitch: number, at: number, length: number }} note
 */
function strike(sound, output, { pitch, at, length }) {
  const oscillator = sound.createOscillator();
  const volume = sound.createGain();
  const start = sound.currentTime + at;
  oscillator.type = "sine";
  oscillator.frequency.value = pitch;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.16, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0005, start + length);
  oscillator.connect(volume).connect(output);
  oscillator.start(start);
  oscillator.stop(start + length);
}
