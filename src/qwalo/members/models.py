"""A member of a workspace, or somebody who is invited to become one."""

import string
import unicodedata
from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec

from qwalo.platform.clock import iso, now
from qwalo.workspaces.roles import ROLES, Role

MemberStatus = Literal["active", "invited"]

# The job that sends the mail of an invitation.
SEND_INVITATION = "members.send_invitation"

_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

# What each role means, wherever somebody chooses one or is given one.
ROLE_TEXTS: dict[Role, str] = {
    "owner": "Does everything, also passing the workspace on and deleting it.",
    "admin": "Manages members, settings, API keys and webhooks, and does all that members do.",
    "member": "Creates interviews, invites people and holds the calls.",
    "observer": "Sees everything and watches calls, and changes nothing.",
}


def role_sentence(role: Role) -> str:
    """The same for one who is told their role: "An admin manages …"."""
    text = ROLE_TEXTS[role]
    return f"{'A' if role == 'member' else 'An'} {role} {text[:1].lower()}{text[1:]}"


def _comparable(email: str) -> str:
    """Composed, and ASCII letters in lower case. Which other letters are the same in a mailbox, nobody knows."""
    return unicodedata.normalize("NFC", email).translate(_ASCII_LOWER)


def higher(one: Role, other: Role) -> Role:
    """The role of the two that goes further."""
    return min(one, other, key=ROLES.index)


class Member(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who is in a workspace, or is invited to it. Times are ISO 8601 UTC; what has not happened is absent."""

    id: str
    workspaceId: str
    role: Role
    status: MemberStatus
    createdAt: str
    updatedAt: str
    email: str | None = None
    name: str | None = None
    userId: str | None = None
    joinedAt: str | None = None
    sentAt: str | None = None
    linkExpiresAt: str | None = None
    deliveryProblem: str | None = None
    managedBy: Literal["organization"] | None = None
    """Who decides on the role and the end of this membership, where it is not the workspace's own people."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f5c0aa0005v9l6q1w2e3rt",
        "workspaceId": "cm8f3k2q70001v9l6h4t2x5ab",
        "role": "member",
        "status": "active",
        "createdAt": "2026-03-03T08:30:11.204Z",
        "updatedAt": "2026-03-03T09:02:47.915Z",
        "email": "luis@example.com",
        "name": "Luis Ferreira",
        "userId": "cm8f5d7bb0006v9l6y4u5i6op",
        "joinedAt": "2026-03-03T09:02:47.915Z",
        "sentAt": "2026-03-03T08:30:12.688Z",
    }

    @property
    def label(self) -> str:
        """What people call them."""
        return self.name or self.email or "Somebody without a name"

    @property
    def delivery(self) -> Literal["sending", "problem", "expired"] | None:
        """What should be known of an invitation that is not simply sent and open."""
        if self.status == "active":
            return None
        if self.linkExpiresAt is None or self.linkExpiresAt <= iso(now()):
            return "expired"
        if self.deliveryProblem is not None:
            return "problem"
        return "sending" if self.sentAt is None else None


class Letter(msgspec.Struct, frozen=True):
    """All that the mail of an invitation is written from, and whether it still has to be sent."""

    member_id: str
    link_version: int
    token_hash: str | None
    email: str
    role: Role
    workspace_name: str
    organization_name: str
    inviter_name: str | None
    inviter_email: str | None
    keeper_id: str
    """In whose mailbox it is kept where no mail is really sent: the invited person's, else the inviter's."""
    link_expires_at: datetime
    overtaken: bool
    """Expired, or followed by a newer mail: this one must not go out."""


class Invitation(msgspec.Struct, frozen=True):
    """What the invited person is shown."""

    member_id: str
    workspace_id: str
    workspace_name: str
    organization_name: str
    role: Role
    email: str
    inviter_name: str | None

    def is_for(self, email: str | None) -> bool:
        return email is not None and _comparable(email) == _comparable(self.email)


class Joined(msgspec.Struct, frozen=True):
    """What accepting has come to."""

    workspace_id: str
    workspace_name: str
    role: Role
    was_member: bool
    """They were in the workspace before, and have the role that goes further now."""
