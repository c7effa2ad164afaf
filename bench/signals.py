"""What browsers tell each other about a connection, in Chromium's sizes, with the time of sending in it."""

import re
import time

from qwalo.calls.messages import AnySignal, Candidate, Description

CANDIDATES_OF_A_BURST = 8
_SENT = re.compile(r"sent-at (\d+)")
_CODECS = "".join(
    f"a=rtpmap:{number} VP8/90000\r\na=rtcp-fb:{number} goog-remb\r\na=rtcp-fb:{number} transport-cc\r\n"
    f"a=rtcp-fb:{number} ccm fir\r\na=rtcp-fb:{number} nack\r\na=rtcp-fb:{number} nack pli\r\n"
    for number in range(96, 120)
)
_SDP = f"v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n{_CODECS}a=x-"


def burst(kind: str) -> list[AnySignal]:
    """What one side of a new connection sends: its description, and its candidates."""
    description = Description("offer" if kind == "offer" else "answer", f"{_SDP}{_sent_now()}\r\n")
    return [description, *(candidate() for _ in range(CANDIDATES_OF_A_BURST))]


def candidate() -> AnySignal:
    text = f"candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.17 rport 46154 {_sent_now()}"
    return Candidate(text, sdpMid="0", sdpMLineIndex=0, usernameFragment="EsAw")


def text_of(signal: AnySignal) -> str:
    """Where the time of sending is."""
    match signal:
        case Candidate():
            return signal.candidate
        case Description():
            return signal.sdp
        case _:
            raise AssertionError(f"nobody here sends {signal}")


def chat_text() -> str:
    return f"A sentence as people write one beside a call, of some twelve words or so. {_sent_now()}"


def milliseconds_since_sent(text: str) -> float:
    match = _SENT.search(text)
    assert match is not None, f"a text of somebody else: {text[:200]}"
    return (time.perf_counter_ns() - int(match[1])) / 1e6


def _sent_now() -> str:
    return f"sent-at {time.perf_counter_ns()}"
