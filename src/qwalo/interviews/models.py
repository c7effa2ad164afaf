"""An interview: what people are invited to."""

from typing import Any, ClassVar, Literal

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

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f3kx1c0002v9l6m7n8p9qr",
        "workspaceId": "cm8f3k2q70001v9l6h4t2x5ab",
        "title": "Why you chose us",
        "mode": "video",
        "createdAt": "2026-03-02T09:16:40.004Z",
        "updatedAt": "2026-03-02T09:16:40.004Z",
        "invitees": [Invitee.EXAMPLE],
    }


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
