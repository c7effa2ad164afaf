"""What can happen in a workspace, and who does it."""

from typing import Any, Literal, get_args

import msgspec

from qwalo.identity.models import Viewer

# What webhooks can be told. What else happens is in the audit log alone.
WebhookEvent = Literal[
    "invitee.created",
    "invitee.sent",
    "invitee.accepted",
    "invitee.completed",
    "invitee.bounced",
    "invitee.revoked",
    "interview.created",
    "interview.updated",
    "interview.deleted",
    "call.started",
    "call.ended",
    "member.invited",
    "member.joined",
    "member.updated",
    "member.removed",
    "member.revoked",
]
AuditOnlyEvent = Literal[
    "workspace.created",
    "workspace.updated",
    "workspace.transferred",
    "invitee.updated",
    "invitee.invited",
    "member.reinvited",
    "api_key.created",
    "api_key.revoked",
    "webhook_endpoint.created",
    "webhook_endpoint.updated",
    "webhook_endpoint.deleted",
    "webhook_endpoint.rotated",
    "webhook_endpoint.disabled",
    "webhook_endpoint.enabled",
    "webhook_endpoint.tested",
]
EventType = WebhookEvent | AuditOnlyEvent

WEBHOOK_EVENTS: tuple[WebhookEvent, ...] = get_args(WebhookEvent)
EVENT_TYPES: tuple[EventType, ...] = (*WEBHOOK_EVENTS, *get_args(AuditOnlyEvent))

ActorKind = Literal["user", "api_key", "invitee", "system"]


class Actor(msgspec.Struct, frozen=True):
    """Who does it. `id` is of the user, or of the invitee; of users, the label is looked up when it is written."""

    kind: ActorKind
    id: str | None = None
    label: str | None = None


# Jobs, and what the database or another service tells.
SYSTEM = Actor("system")


def actor_of(viewer: Viewer) -> Actor:
    return Actor(viewer.kind, viewer.id)


def changes_between(before: msgspec.Struct, after: msgspec.Struct, fields: tuple[str, ...]) -> dict[str, Any]:
    """{field: {"old": …, "new": …}} of those that differ, for an event's `changes`."""
    pairs = {field: (getattr(before, field), getattr(after, field)) for field in fields}
    return {field: {"old": old, "new": new} for field, (old, new) in pairs.items() if old != new}


class Event(msgspec.Struct, frozen=True):
    """Something that happened to an object of a workspace.

    `label` is what people call the object, such as a title or an address. `data` is what the API shows of it, never
    with a link, a token or the text of a message; of a change, what it was and is.
    """

    type: EventType
    workspace_id: str
    object_id: str
    label: str
    data: dict[str, Any]
