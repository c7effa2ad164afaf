"""A workspace: an organization's container for interviews."""

import msgspec


class Workspace(msgspec.Struct, frozen=True):
    """Times are ISO 8601 UTC, as PostgreSQL renders them (docs/decisions/0003)."""

    id: str
    name: str
    organizationName: str
    ownerId: str
    createdAt: str
    updatedAt: str
