"""Request and response shapes of invitees that are not `models.Invitee` itself."""

from typing import Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from qwalo.invitees.models import Status
from qwalo.platform.http import fields


class CreateInvitee(msgspec.Struct, forbid_unknown_fields=True):
    email: fields.Email
    name: fields.Text | None = None

    EXAMPLE: ClassVar[dict[str, Any]] = {"email": "ines@example.com", "name": "Inês Duarte"}

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.email = check.email("email", self.email)
            if self.name is not None:
                self.name = check.text("name", self.name)


class UpdateInvitee(msgspec.Struct, forbid_unknown_fields=True):
    """What is not sent stays as it is; a `name` of null is removed."""

    status: Status | UnsetType = UNSET
    name: fields.Text | UnsetType | None = UNSET

    EXAMPLE: ClassVar[dict[str, Any]] = {"status": "completed"}

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            if isinstance(self.name, str):
                self.name = check.text("name", self.name)


class Invitation(msgspec.Struct, frozen=True):
    """A mail with the personal link, on its way. When it was handed over is the invitee's `sentAt`."""

    id: str
    inviteeId: str
    createdAt: str

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f4a6m20004v9l6x4y5z6ab",
        "inviteeId": "cm8f3lz8e0003v9l6s1t2u3vw",
        "createdAt": "2026-03-09T14:02:51.663Z",
    }


class Acceptance(msgspec.Struct, frozen=True):
    """The invitee has accepted."""

    status: Status

    EXAMPLE: ClassVar[dict[str, Any]] = {"status": "accepted"}
