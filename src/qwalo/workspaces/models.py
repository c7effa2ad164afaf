"""A workspace: an organization's container for interviews."""

from typing import Any, ClassVar, Literal

import msgspec

from qwalo.workspaces.roles import Role

# What is kept as it is until the commit: the viewer's own place in the workspace, and that the workspace is there;
# the workspace's row and who is in it; or all of it, as the workspace goes.
Hold = Literal["place", "row", "everything"]


class Workspace(msgspec.Struct, frozen=True, omit_defaults=True):
    """A container of interviews that a team shares, as one of its members sees it. Times are ISO 8601 UTC."""

    # Times are text as PostgreSQL renders them (docs/decisions/0003).
    id: str
    name: str
    organizationName: str
    ownerId: str
    role: Role
    """The caller's own."""
    createdAt: str
    updatedAt: str
    organizationId: str | None = None
    """Of the identity provider's organization that it belongs to: then its name and members follow from there."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f3k2q70001v9l6h4t2x5ab",
        "name": "Customer research",
        "organizationName": "Acme",
        "ownerId": "cm8f3j9d40000v9l6a1b2c3de",
        "role": "owner",
        "createdAt": "2026-03-02T09:14:05.120Z",
        "updatedAt": "2026-03-02T09:14:05.120Z",
    }
