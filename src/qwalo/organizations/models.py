"""An organization, and what a role in it is in its workspaces."""

from typing import Literal

import msgspec

# Nobody is an owner by their place in an organization: who creates a workspace is.
DerivedRole = Literal["admin", "member", "observer"]

# Clerk's own, in both spellings that it has had, and what people call those who may only look (decision 17).
_ROLES: dict[str, DerivedRole] = {
    "admin": "admin",
    "member": "member",
    "basic_member": "member",
    "observer": "observer",
    "viewer": "observer",
    "guest": "observer",
    "guest_member": "observer",
    "read_only": "observer",
}


def role_of(clerk_role: str) -> DerivedRole:
    """`clerk_role` is without Clerk's `org:`. A role that an operator has made up is `member`."""
    return _ROLES.get(clerk_role.lower(), "member")


class Organization(msgspec.Struct, frozen=True):
    """As one of its people sees it. `name` is empty where Clerk has not told it; `people` have signed in here."""

    id: str
    name: str
    people: int
