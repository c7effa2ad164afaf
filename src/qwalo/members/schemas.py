"""Request shapes of members. The response is `models.Member`."""

from typing import Any, ClassVar, Literal

import msgspec

from qwalo.platform.http import fields
from qwalo.workspaces.roles import Role

# Nobody is invited as an owner: who has joined can be made one.
InvitedRole = Literal["admin", "member", "observer"]
INVITED_ROLES: tuple[InvitedRole, ...] = ("admin", "member", "observer")


class CreateMember(msgspec.Struct, forbid_unknown_fields=True):
    email: fields.Email
    role: InvitedRole

    EXAMPLE: ClassVar[dict[str, Any]] = {"email": "luis@example.com", "role": "member"}

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.email = check.email("email", self.email)


class UpdateMember(msgspec.Struct, forbid_unknown_fields=True):
    role: Role

    EXAMPLE: ClassVar[dict[str, Any]] = {"role": "observer"}


class CreateOwnershipTransfer(msgspec.Struct, forbid_unknown_fields=True):
    """`memberId` is of the member who becomes the owner; the caller becomes an admin."""

    memberId: fields.Text

    EXAMPLE: ClassVar[dict[str, Any]] = {"memberId": "cm8f5c0aa0005v9l6q1w2e3rt"}

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.memberId = check.text("memberId", self.memberId)


class Newcomer(msgspec.Struct):
    """What somebody says about themselves who has no account yet."""

    name: fields.Text

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.name = check.text("name", self.name)
