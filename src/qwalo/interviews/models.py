"""An interview: what people are invited to."""

from typing import Literal

import msgspec

from qwalo.invitees.models import Invitee

Mode = Literal["video", "voice"]


class Interview(msgspec.Struct, frozen=True):
    """With all of its invitees, newest first. Times are ISO 8601 UTC."""

    id: str
    workspaceId: str
    title: str
    mode: Mode
    createdAt: str
    updatedAt: str
    invitees: list[Invitee]


class InterviewSummary(msgspec.Struct, frozen=True):
    """An interview with the number of its invitees by status, for lists that show no more than that."""

    id: str
    title: str
    mode: Mode
    createdAt: str
    pending: int
    accepted: int
    completed: int

    @property
    def invitees(self) -> int:
        return self.pending + self.accepted + self.completed
