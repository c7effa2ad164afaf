"""An entry of the audit log: who did what to which object, when and from where."""

from typing import Any, ClassVar

import msgspec

from qwalo.events.models import ActorKind


class AuditActor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who did it. Without `id` it was Qwalo itself."""

    kind: ActorKind
    id: str | None = None
    label: str | None = None
    """What they were called then."""


class AuditObject(msgspec.Struct, frozen=True):
    id: str
    label: str
    """What it was called then."""


class AuditEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that happened in a workspace. Times are ISO 8601 UTC."""

    id: str
    type: str
    """One of the event types; an older version may have written others."""
    actor: AuditActor
    object: AuditObject
    data: dict[str, Any]
    """What the API showed of the object, and of a change what it was and is (`changes`)."""
    createdAt: str
    address: str | None = None
    """The IP address that the request came from."""
    requestId: str | None = None

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f4c3d40004v9l6e9f1a2cd",
        "type": "interview.updated",
        "actor": {"kind": "user", "id": "cm8f3j9d40000v9l6a1b2c3de", "label": "Ana Ruiz"},
        "object": {"id": "cm8f3m5r80002v9l6k7n8p9qr", "label": "Why did you choose us?"},
        "data": {"changes": {"title": {"old": "Why us?", "new": "Why did you choose us?"}}},
        "createdAt": "2026-03-02T10:20:31.007Z",
        "address": "203.0.113.7",
        "requestId": "b7d0a7b4f0c24e0d9f3f8a0c5f1e2d3c",
    }
