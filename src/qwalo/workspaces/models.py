"""A workspace: an organization's container for interviews."""

from typing import Any, ClassVar

import msgspec


class Workspace(msgspec.Struct, frozen=True):
    """A container of interviews that belongs to one person. Times are ISO 8601 UTC."""

    # Times are text as PostgreSQL renders them (docs/decisions/0003).
    id: str
    name: str
    organizationName: str
    ownerId: str
    createdAt: str
    updatedAt: str

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f3k2q70001v9l6h4t2x5ab",
        "name": "Customer research",
        "organizationName": "Acme",
        "ownerId": "cm8f3j9d40000v9l6a1b2c3de",
        "createdAt": "2026-03-02T09:14:05.120Z",
        "updatedAt": "2026-03-02T09:14:05.120Z",
    }
