"""What a browser needs for a call on a machine without devices: a picture, a tone, and a look at what a page does."""

import math
import wave
from array import array
from pathlib import Path

SAMPLES_PER_SECOND = 48_000
TONE_HERTZ = 440
TONE_SECONDS = 2

# Keeps what the page makes, so that a test can ask for it: `callWatch` in the page.
WATCH = """
(() => {
    const watch = { connections: [], sockets: [], media: [], displays: 0 };
    Object.defineProperty(window, "callWatch", { value: watch });
    const keep = (name, list) => {
        window[name] = class extends window[name] {
            constructor(...options) {
                super(...options);
                list.push(this);
            }
        };
    };
    keep("RTCPeerConnection", watch.connections);
    keep("WebSocket", watch.sockets);
    const devices = window.MediaDevices?.prototype;
    if (!devices) return;
    const { getUserMedia, getDisplayMedia } = devices;
    devices.getUserMedia = function (constraints) {
        watch.media.push({ audio: Boolean(constraints.audio), video: Boolean(constraints.video) });
        return getUserMedia.call(this, constraints);
    };
    devices.getDisplayMedia = function (constraints) {
        watch.displays += 1;
        return getDisplayMedia.call(this, constraints);
    };
})();
"""

# What one's browser receives from each of the others at this moment.
RECEIVED = """
async () => {
    const received = [];
    for (const connection of callWatch.connections) {
        if (connection.connectionState === "closed") continue;
        const one = { state: connection.connectionState, frames: {}, width: {}, energy: 0, packets: 0, relayed: null };
        const reports = await connection.getStats();
        for (const report of reports.values()) {
            if (report.type === "inbound-rtp" && report.kind === "video") {
                one.frames[report.mid] = report.framesDecoded ?? 0;
                one.width[report.mid] = report.frameWidth ?? 0;
            }
            if (report.type === "inbound-rtp" && report.kind === "audio") {
                one.energy += report.totalAudioEnergy ?? 0;
                one.packets += report.packetsReceived ?? 0;
            }
            if (report.type === "transport" && report.selectedCandidatePairId) {
                const pair = reports.get(report.selectedCandidatePairId);
                const own = reports.get(pair?.localCandidateId);
                one.relayed = own?.candidateType === "relay";
            }
        }
        received.push(one);
    }
    return received;
}
"""

# From now on notes the longest time in which nothing new of the sound arrived: `callWatch.silence`, in milliseconds.
NOTE_SILENCE = """
() => {
    const watch = callWatch;
    watch.silence = 0;
    let packets = -1;
    let changed = performance.now();
    const look = async () => {
        let now = 0;
        for (const connection of watch.connections) {
            if (connection.connectionState === "closed") continue;
            for (const report of (await connection.getStats()).values()) {
                if (report.type === "inbound-rtp" && report.kind === "audio") now += report.packetsReceived ?? 0;
            }
        }
        if (now > packets) {
            packets = now;
            changed = performance.now();
        }
        watch.silence = Math.max(watch.silence, performance.now() - changed);
    };
    setInterval(look, 50);
}
"""


def call_flags(tone: Path) -> list[str]:
    """Chromium's: a camera and a microphone that play by themselves, nobody who has to allow them, loopback media."""
    return [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={tone}",
        # Where there is no other interface, media would find no way.
        "--allow-loopback-in-peer-connection",
        # A page that only listens would hide its address behind a name that nothing resolves here.
        "--disable-features=WebRtcHideLocalIpsWithMdns",
    ]


def write_tone(path: Path) -> Path:
    """A tone as a WAV file, which Chromium plays again and again."""
    samples = array(
        "h",
        (
            round(12_000 * math.sin(2 * math.pi * TONE_HERTZ * number / SAMPLES_PER_SECOND))
            for number in range(SAMPLES_PER_SECOND * TONE_SECONDS)
        ),
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES_PER_SECOND)
        file.writeframes(samples.tobytes())
    return path
