"""What the browser and the server say to each other over the socket of a room, as JSON with a `type`.

The browser's side of the same is `web/static/js/room/protocol.js`.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from qwalo.calls.models import Role

# One message, in bytes. A session description with many candidates has about 8 KiB.
MAX_MESSAGE = 64 * 1024

Presence = Literal["here", "lost", "left"]
Id = Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+\Z")]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Measure = Annotated[float, Meta(ge=0, le=1_000_000)]


class Message(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True, omit_defaults=True):
    """Either way."""


class Signal(msgspec.Struct, frozen=True, tag_field="kind", forbid_unknown_fields=True, omit_defaults=True):
    """What one browser tells another about their connection. The server looks at its shape, and passes it on."""


class Description(Signal, frozen=True, tag="description"):
    type: Literal["offer", "answer", "rollback"]
    sdp: str = ""


class Candidate(Signal, frozen=True, tag="candidate"):
    """An ICE candidate, as `RTCIceCandidate.toJSON()` gives it. An empty text says that there are no more."""

    candidate: str
    sdpMid: str | None = None
    sdpMLineIndex: Annotated[int, Meta(ge=0, le=255)] | None = None
    usernameFragment: str | None = None


class Request(Signal, frozen=True, tag="request"):
    """Asks the side that makes the offers to mend the connection."""

    what: Literal["restart", "rebuild"]


class Media(Signal, frozen=True, tag="media"):
    """What the sender sends at the moment, so that the other side can show it."""

    microphone: bool
    camera: bool
    screen: bool


AnySignal = Description | Candidate | Request | Media


# From the browser.


class Join(Message, frozen=True, tag="join"):
    """The first message. `load` is a random id of this load of the page, which connects `again` by itself."""

    load: Id
    again: bool = False
    name: Annotated[str, Meta(max_length=200)] | None = None


class SendSignal(Message, frozen=True, tag="signal"):
    """For the page load `load` in the seat `to`; `generation` counts the connections between the two."""

    to: Id
    load: Id
    generation: Count
    signal: AnySignal


class Admit(Message, frozen=True, tag="admit"):
    """The host lets the invitee in, also after having declined."""


class Decline(Message, frozen=True, tag="decline"):
    """The host does not let the invitee in."""


class End(Message, frozen=True, tag="end"):
    """The host ends the call for all."""


class Remove(Message, frozen=True, tag="remove"):
    """The host sends an observer out, who cannot come back."""

    seat: Id


class Leave(Message, frozen=True, tag="leave"):
    """The sender leaves on purpose, and may come back."""


class Write(Message, frozen=True, tag="write"):
    """To the chat. `key` is the sender's own name of this text: sent again, it is written once."""

    key: Id
    text: Annotated[str, Meta(min_length=1, max_length=4000)]


class Quality(Message, frozen=True, tag="quality"):
    """What the sender's browser has measured of what it received in the last ten seconds."""

    roundTripMs: Count | None = None
    lossPercent: Annotated[float, Meta(ge=0, le=100)] | None = None
    jitterMs: Count | None = None
    width: Count | None = None
    height: Count | None = None
    frozenSeconds: Measure | None = None


class Pong(Message, frozen=True, tag="pong"):
    """The answer to a ping."""


FromBrowser = Join | SendSignal | Admit | Decline | End | Remove | Leave | Write | Quality | Pong


# To the browser.


class IceServer(msgspec.Struct, frozen=True, omit_defaults=True):
    """As `RTCConfiguration.iceServers` takes it."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class Welcome(Message, frozen=True, tag="welcome"):
    """The answer to `join`."""

    seat: str
    role: Role
    name: str
    iceServers: tuple[IceServer, ...]
    relayOnly: bool


class Present(msgspec.Struct, frozen=True):
    """Somebody else who is in the room. `lost`: their socket is gone, and the call may go on without it."""

    seat: str
    load: str
    role: Role
    name: str
    presence: Presence


class Waiting(msgspec.Struct, frozen=True):
    """The invitee who is waiting to be let in."""

    seat: str
    name: str
    since: str


class OpenCall(msgspec.Struct, frozen=True):
    id: str
    startedAt: str


class State(Message, frozen=True, tag="state"):
    """All that the receiver may know of the room, whenever something in it has changed."""

    phase: Literal["waiting", "open", "declined", "ended"]
    now: str
    others: tuple[Present, ...] = ()
    waiting: Waiting | None = None
    declined: bool = False
    call: OpenCall | None = None


class Signalled(Message, frozen=True, tag="signal"):
    """A signal of the page load `load` in the seat `sender`."""

    sender: str
    load: str
    generation: int
    signal: AnySignal


class Written(msgspec.Struct, frozen=True):
    seat: str
    key: str
    role: Role
    name: str
    text: str
    at: str


class Chat(Message, frozen=True, tag="chat"):
    """What was written since the last such message; after `join`, all of it."""

    messages: tuple[Written, ...]


class Ping(Message, frozen=True, tag="ping"):
    """Whoever does not answer for twelve seconds is gone."""


ToBrowser = Welcome | State | Signalled | Chat | Ping


class Close:
    """Codes with which the server closes a socket. The page connects again after those that it does not know."""

    TOO_LARGE = 1009
    FAILED = 1011
    RESTARTING = 1012
    TRY_AGAIN = 1013
    MALFORMED = 4400
    NOT_AUTHORISED = 4401
    DECLINED = 4403
    NOT_FOUND = 4404
    SILENT = 4408
    REPLACED = 4409
    ENDED = 4410
    # The page was opened under another address than ours; identity.authentication closes with it.
    MISDIRECTED = 4421
    FULL = 4423
    TOO_MANY = 4429
