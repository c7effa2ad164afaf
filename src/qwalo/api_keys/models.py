"""An API key: the credential of a program, for one workspace."""

from typing import Any, ClassVar, Literal

import msgspec

from qwalo.workspaces.roles import Role

Scope = Literal["read", "write"]

# A key is a member of its workspace, with this role (docs/decisions/0014).
ROLE_OF_SCOPE: dict[Scope, Role] = {"read": "observer", "write": "member"}


class KeyMaker(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who made a key."""

    id: str
    name: str | None = None


class ApiKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A key of a workspace, without the key itself, of which only a hash is kept. Times are ISO 8601 UTC."""

    id: str
    workspaceId: str
    name: str
    scope: Scope
    hint: str
    """The last characters of the key."""
    createdAt: str
    createdBy: KeyMaker | None = None
    """Absent when that person is gone."""
    expiresAt: str | None = None
    """Absent for a key that does not expire."""
    lastUsedAt: str | None = None
    """To the minute; absent for a key that was never used."""
    revokedAt: str | None = None

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f4a1b20003v9l6d7e8f9ab",
        "workspaceId": "cm8f3k2q70001v9l6h4t2x5ab",
        "name": "CRM synchronisation",
        "scope": "write",
        "hint": "x7Qd",
        "createdAt": "2026-03-02T10:00:00.000Z",
        "createdBy": {"id": "cm8f3j9d40000v9l6a1b2c3de", "name": "Ana Ruiz"},
        "expiresAt": "2027-03-02T10:00:00.000Z",
        "lastUsedAt": "2026-03-03T08:15:20.411Z",
    }


class CreatedApiKey(ApiKey, frozen=True, omit_defaults=True, kw_only=True):
    """A key that was made just now: the only answer that shows the key itself."""

    key: str
    """What `Authorization: Bearer` takes. Keep it: it is not shown again."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        **{name: value for name, value in ApiKey.EXAMPLE.items() if name != "lastUsedAt"},
        # Its checksum is wrong, so that no scanner takes it for a real one.
        "key": "qwk_EXAMPLEexampleEXAMPLEexampleEXAMPLEexample00000x7Qd",
    }
