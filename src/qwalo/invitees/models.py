"""An invitee, the way an invitation can go, and the personal link."""

from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec

from qwalo.platform.clock import iso, now
from qwalo.workspaces.roles import Role

Status = Literal["pending", "accepted", "completed"]

# The job that sends the mail of an invitation.
SEND_INVITATION = "invitees.send_invitation"

# A status moves forward only.
_RANK: dict[Status, int] = {"pending": 0, "accepted": 1, "completed": 2}


def is_forward(old: Status, new: Status) -> bool:
    return _RANK[new] >= _RANK[old]


class Invitee(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person whom an interview is sent to. Times are ISO 8601 UTC; what has not happened is absent."""

    id: str
    interviewId: str
    email: str
    status: Status
    createdAt: str
    updatedAt: str
    name: str | None = None
    sentAt: str | None = None
    acceptedAt: str | None = None
    completedAt: str | None = None
    linkExpiresAt: str | None = None
    revokedAt: str | None = None
    bouncedAt: str | None = None
    deliveryProblem: str | None = None
    # The personal link; only where one invitee is answered, never in lists.
    link: str | None = None

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f3lz8e0003v9l6s1t2u3vw",
        "interviewId": "cm8f3kx1c0002v9l6m7n8p9qr",
        "email": "ines@example.com",
        "status": "pending",
        "createdAt": "2026-03-02T09:18:22.310Z",
        "updatedAt": "2026-03-02T09:18:23.871Z",
        "name": "Inês Duarte",
        "sentAt": "2026-03-02T09:18:23.871Z",
        "linkExpiresAt": "2026-04-01T09:18:22.310Z",
    }

    @property
    def delivery(self) -> Literal["sending", "retrying", "bounced", "revoked", "expired"] | None:
        """What a host should know of the invitation, where it is not simply sent and open."""
        if self.status == "completed":
            return None
        if self.revokedAt is not None:
            return "revoked"
        if self.bouncedAt is not None:
            return "bounced"
        if self.deliveryProblem is not None:
            return "retrying"
        if self.linkExpiresAt is not None and self.linkExpiresAt <= iso(now()):
            return "expired"
        return "sending" if self.sentAt is None and self.status == "pending" else None


class CallFacts(msgspec.Struct, frozen=True):
    """What the calls with an invitee have come to. Times are ISO 8601 UTC; what has not happened is None."""

    waiting_since: str | None = None
    """They are there, and the host has not answered yet."""
    call_id: str | None = None
    """The newest call, to which what follows belongs."""
    started_at: str | None = None
    ended_at: str | None = None
    duration_seconds: int | None = None
    declined: bool = False

    @property
    def state(self) -> Literal["waiting", "in-call", "declined"] | None:
        """What goes on at the moment."""
        if self.call_id is not None and self.ended_at is None:
            return "in-call"
        if self.waiting_since is not None:
            return "waiting"
        return "declined" if self.declined else None


class Heading(msgspec.Struct, frozen=True):
    """The interview that a page of invitees is about, and how far they are."""

    workspace_id: str
    workspace_name: str
    organization_name: str
    role: Role
    """The viewer's own, in the workspace."""
    interview_id: str
    title: str
    mode: Literal["video", "voice"]
    pending: int
    accepted: int
    completed: int


class Letter(msgspec.Struct, frozen=True):
    """All that the mail of one invitation is written from, and whether it still has to be sent."""

    invitation_id: str
    invitee_id: str
    link_version: int
    token_hash: str
    email: str
    name: str | None
    interview_title: str
    mode: Literal["video", "voice"]
    organization_name: str
    host_id: str
    host_name: str | None
    host_email: str | None
    link_expires_at: datetime
    overtaken: bool
    """Sent before, revoked, expired, completed, or followed by a newer invitation: no mail must go out."""


class Welcome(msgspec.Struct, frozen=True):
    """What the invitee is shown: who invites them to what."""

    invitee_id: str
    link_version: int
    status: Status
    name: str | None
    email: str
    interview_title: str
    mode: Literal["video", "voice"]
    organization_name: str
    host_name: str | None
