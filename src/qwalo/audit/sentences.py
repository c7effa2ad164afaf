"""The audit log as people read it: the one table of what each event says."""

from collections.abc import Mapping
from string import Formatter
from typing import Literal

import msgspec

from qwalo.audit.models import AuditActor, AuditEvent
from qwalo.events.models import EVENT_TYPES, EventType

PRODUCT = "Qwalo"
PartKind = Literal["text", "actor", "object"]


class Words(msgspec.Struct, frozen=True):
    """`{actor}` and `{object}` stand for their names. `own`: the object did it itself; `system`: nobody did."""

    text: str
    own: str | None = None
    system: str | None = None


class Part(msgspec.Struct, frozen=True):
    """A piece of a sentence: names stand out on the page."""

    kind: PartKind
    text: str


SENTENCES: Mapping[EventType, Words] = {
    "invitee.created": Words("{actor} invited {object}"),
    "invitee.invited": Words("{actor} invited {object} again"),
    "invitee.sent": Words("{actor} sent the invitation to {object}", system="The invitation to {object} was sent"),
    "invitee.bounced": Words("The invitation to {object} could not be delivered"),
    "invitee.accepted": Words(
        "{actor} marked the invitation of {object} as accepted", own="{object} accepted the invitation"
    ),
    "invitee.completed": Words(
        "{actor} completed the interview with {object}",
        own="{object} completed the interview",
        system="The interview with {object} was completed",
    ),
    "invitee.revoked": Words("{actor} revoked the link of {object}"),
    "invitee.updated": Words("{actor} changed what is known of {object}"),
    "interview.created": Words("{actor} created the interview {object}"),
    "interview.updated": Words("{actor} changed the interview {object}"),
    "interview.deleted": Words("{actor} deleted the interview {object}"),
    "call.started": Words(
        "{actor} started a call with {object}",
        own="{object} entered the room, and the call started",
        system="A call with {object} started",
    ),
    "call.ended": Words(
        "{actor} ended the call with {object}",
        own="{object} ended the call",
        system="The call with {object} ended",
    ),
    "member.invited": Words("{actor} invited {object} to the workspace"),
    "member.reinvited": Words("{actor} invited {object} to the workspace again"),
    "member.joined": Words(
        "{actor} added {object} to the workspace",
        own="{object} joined the workspace",
        system="{object} joined the workspace",
    ),
    "member.updated": Words(
        "{actor} changed the role of {object}",
        own="{object} changed their own role",
        system="The role of {object} changed",
    ),
    "member.removed": Words(
        "{actor} removed {object} from the workspace",
        own="{object} left the workspace",
        system="{object} is no longer in the workspace",
    ),
    "member.revoked": Words("{actor} revoked the invitation of {object} to the workspace"),
    "workspace.created": Words("{actor} created the workspace {object}"),
    "workspace.updated": Words("{actor} changed the workspace {object}", system="The workspace {object} changed"),
    "workspace.transferred": Words(
        "{actor} passed the workspace {object} on to another owner",
        system="The workspace {object} passed to another owner",
    ),
    "api_key.created": Words("{actor} created the API key {object}"),
    "api_key.revoked": Words("{actor} revoked the API key {object}"),
    "webhook_endpoint.created": Words("{actor} added the webhook {object}"),
    "webhook_endpoint.updated": Words("{actor} changed the webhook {object}"),
    "webhook_endpoint.deleted": Words("{actor} deleted the webhook {object}"),
    "webhook_endpoint.rotated": Words("{actor} made a new secret for the webhook {object}"),
    "webhook_endpoint.disabled": Words(
        "{actor} switched the webhook {object} off",
        system="The webhook {object} was switched off, as its deliveries had failed",
    ),
    "webhook_endpoint.enabled": Words("{actor} switched the webhook {object} on"),
    "webhook_endpoint.tested": Words("{actor} sent a test to the webhook {object}"),
}

# In the order in which they are offered to choose from.
_GROUPS = {
    "interview": "Interviews",
    "invitee": "Invitees",
    "call": "Calls",
    "member": "Members",
    "workspace": "Workspace",
    "api_key": "API keys",
    "webhook_endpoint": "Webhooks",
}
# What an event is called where it is chosen.
_VERBS = {
    "created": "Created",
    "updated": "Changed",
    "deleted": "Deleted",
    "invited": "Invited",
    "reinvited": "Invited again",
    "joined": "Joined",
    "removed": "Removed or left",
    "sent": "Invitation sent",
    "accepted": "Invitation accepted",
    "completed": "Completed",
    "bounced": "Invitation not delivered",
    "revoked": "Revoked",
    "started": "Started",
    "ended": "Ended",
    "transferred": "Passed to another owner",
    "rotated": "New secret",
    "disabled": "Switched off",
    "enabled": "Switched on",
    "tested": "Test sent",
}
_CHOICES: dict[EventType, str] = {
    "invitee.created": "Invited",
    "invitee.invited": "Invited again",
    "member.revoked": "Invitation revoked",
}


def sentence(event: AuditEvent) -> str:
    return "".join(part.text for part in parts(event))


def parts(event: AuditEvent) -> list[Part]:
    names: dict[str, Part] = {
        "actor": Part("actor", name_of(event.actor)),
        "object": Part("object", event.object.label),
    }
    found: list[Part] = []
    for text, field, _, _ in Formatter().parse(_words(event)):
        if text:
            found.append(Part("text", text))
        if field:
            found.append(names[field])
    return found


def name_of(actor: AuditActor) -> str:
    match actor.kind:
        case "system":
            return PRODUCT
        case "api_key":
            return f"The API key {actor.label}" if actor.label else "An API key"
        case "invitee":
            return actor.label or "An invitee"
        case "user":
            return actor.label or "Somebody without a name"


def choices() -> dict[str, list[tuple[EventType, str]]]:
    """{group: [(type, its name in the group)]} of all that can be chosen."""
    return {
        title: [(kind, choice(kind)) for kind in EVENT_TYPES if kind.partition(".")[0] == group]
        for group, title in _GROUPS.items()
    }


def choice(kind: EventType) -> str:
    return _CHOICES.get(kind) or _VERBS[kind.partition(".")[2]]


def _words(event: AuditEvent) -> str:
    words = next((words for kind, words in SENTENCES.items() if kind == event.type), None)
    if words is None:
        # Of another version of this program.
        return f"{{actor}}: {event.type.replace('{', '').replace('}', '')}, {{object}}"
    if words.system and event.actor.kind == "system":
        return words.system
    if words.own and _did_it_itself(event):
        return words.own
    return words.text


def _did_it_itself(event: AuditEvent) -> bool:
    """An invitee is its own object; whom a membership or a call is of is in what is known of it."""
    if event.actor.id is None:
        return False
    member, call = event.data.get("member"), event.data.get("call")
    return event.actor.id in {
        event.object.id,
        member.get("userId") if isinstance(member, dict) else None,
        call.get("inviteeId") if isinstance(call, dict) else None,
    }
