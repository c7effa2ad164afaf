"""Rooms, seats and the records of calls."""

from datetime import timedelta
from typing import Any, ClassVar, Literal

import msgspec

from qwalo.workspaces.roles import Action, may
from qwalo.workspaces.roles import Role as WorkspaceRole

Role = Literal["host", "invitee", "observer"]
EndReason = Literal["host_ended", "all_left", "interview_completed"]

# The holder of the invitee's seat; the others are held by users, under their ids.
INVITEE = "invitee"

# A call that everybody has left ends after this time, unless somebody comes back.
RETURN_WITHIN = timedelta(minutes=2)
# A server process that was not seen for this long is dead.
SERVER_DEAD_AFTER = timedelta(seconds=20)
# Seats of a room. A browser sends what it shows to each of the others.
MAX_SEATS = 8
MAX_HOSTS = 3


class Participant(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who was in a call. Times are ISO 8601 UTC; `leftAt` is absent while they are there."""

    id: str
    role: Role
    name: str
    joinedAt: str
    leftAt: str | None = None
    userId: str | None = None


class CallRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call that is or was held. What has not happened is absent; `durationSeconds` comes with the end."""

    id: str
    interviewId: str
    inviteeId: str
    roomId: str
    provider: Literal["builtin"]
    startedAt: str
    participants: list[Participant]
    endedAt: str | None = None
    endReason: EndReason | None = None
    durationSeconds: int | None = None

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f4c2k40007v9l6q4r8s2xy",
        "interviewId": "cm8f3kx1c0002v9l6m7n8p9qr",
        "inviteeId": "cm8f3lz8e0003v9l6s1t2u3vw",
        "roomId": "cm8f4b9zd0006v9l6a1b2c3de",
        "provider": "builtin",
        "startedAt": "2026-03-03T14:00:12.480Z",
        "participants": [
            {
                "id": "cm8f4c2k50008v9l6f4g5h6jk",
                "role": "host",
                "name": "Alice Moreau",
                "joinedAt": "2026-03-03T14:00:12.480Z",
                "leftAt": "2026-03-03T14:31:40.112Z",
                "userId": "cm8f3b1aa0000v9l6c7d8e9fg",
            },
            {
                "id": "cm8f4c2k50009v9l6k7m8n9pq",
                "role": "invitee",
                "name": "Inês Duarte",
                "joinedAt": "2026-03-03T14:00:12.480Z",
                "leftAt": "2026-03-03T14:31:40.112Z",
            },
        ],
        "endedAt": "2026-03-03T14:31:40.112Z",
        "endReason": "host_ended",
        "durationSeconds": 1887,
    }

    @property
    def createdAt(self) -> str:  # noqa: N802 - lists know the place of a row by this name
        """Calls are listed by their start."""
        return self.startedAt


class Entry(msgspec.Struct, frozen=True):
    """Somebody who may take a seat in the room of an invitee, as their credential says."""

    invitee_id: str
    role: Role
    holder: str
    name: str
    user_id: str | None = None
    # Of the personal link by which the invitee came.
    link_version: int | None = None
    # In which a host must be a member.
    workspace_id: str | None = None


class Seat(msgspec.Struct, frozen=True):
    """The seat of one person. `load` and `connection` are of the page that sits there, else None."""

    id: str
    role: Role
    name: str
    allowed: bool
    load: str | None
    connection: str | None
    server: str | None
    entered_at: str | None
    lost_recently: bool
    left: bool


class Snapshot(msgspec.Struct, frozen=True):
    """A room at one moment. `link_version` is of the link that works now; None when none does."""

    room_id: str
    invitee_id: str
    link_version: int | None
    completed: bool
    admitted: bool
    declined: bool
    call_id: str | None
    call_started_at: str | None
    now: str
    seats: tuple[Seat, ...]


class RoomFacts(msgspec.Struct, frozen=True):
    """What the page of a room says about the interview, to whoever may see it."""

    invitee_id: str
    invitee_name: str | None
    # For the host alone.
    invitee_email: str
    interview_id: str
    workspace_id: str
    title: str
    mode: Literal["video", "voice"]
    organization: str
    host_id: str
    host_name: str | None
    completed: bool
    viewer_role: WorkspaceRole | None
    """Of whoever looks, in the workspace; None for others."""

    @property
    def viewer_may_hold(self) -> bool:
        """Whether whoever looks can be in the room as a host."""
        return self.viewer_role is not None and may(self.viewer_role, Action.HOLD)

    @property
    def room_path(self) -> str:
        """Of the host's page."""
        return (
            f"/dashboard/workspaces/{self.workspace_id}/interviews/{self.interview_id}/invitees/{self.invitee_id}/call"
        )


class HeldCall(msgspec.Struct, frozen=True):
    """A call with whom it was held, as the dashboard shows it."""

    call: CallRecord
    invitee_email: str
    invitee_name: str | None

    @property
    def id(self) -> str:
        return self.call.id

    @property
    def createdAt(self) -> str:  # noqa: N802 - lists know the place of a row by this name
        return self.call.createdAt

    @property
    def invitee(self) -> str:
        """As the host knows them."""
        return self.invitee_name or self.invitee_email


class ChatMessage(msgspec.Struct, frozen=True):
    """What somebody wrote while a call was held."""

    role: Role
    name: str
    text: str
    written_at: str


class Measurement(msgspec.Struct, frozen=True):
    """What a participant's browser received in one slot of a call. Slots are equally long, and begin with number 0."""

    participant_id: str
    slot: int
    round_trip_ms: float | None
    loss_percent: float | None
    frozen_seconds: float | None


class CallHistory(msgspec.Struct, frozen=True):
    """All that is kept of one call."""

    held: HeldCall
    messages: list[ChatMessage]
    length_seconds: float
    """Until now, where it goes on."""
    slot_seconds: int
    measurements: list[Measurement]
