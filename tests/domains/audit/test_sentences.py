"""What the log says of each event."""

import pytest

from qwalo.audit.models import AuditActor, AuditEvent, AuditObject
from qwalo.audit.sentences import SENTENCES, Part, choice, choices, parts, sentence
from qwalo.events.models import EVENT_TYPES, ActorKind, EventType

ANA = AuditActor("user", "ana", "Ana Ruiz")


def event(kind: str, actor: AuditActor = ANA, object_id: str = "x", **data: object) -> AuditEvent:
    return AuditEvent("1", kind, actor, AuditObject(object_id, "ines@example.com"), data, "2026-03-02T09:00:00.000Z")


def test_every_event_has_a_sentence_and_a_place_in_the_choice() -> None:
    """A new type is said here first."""
    assert set(SENTENCES) == set(EVENT_TYPES)
    offered = [kind for kinds in choices().values() for kind, _ in kinds]
    assert sorted(offered) == sorted(EVENT_TYPES)


@pytest.mark.parametrize("kind", EVENT_TYPES)
@pytest.mark.parametrize("actor", ["user", "api_key", "invitee", "system"])
def test_every_sentence_names_the_object_and_has_no_gap(kind: EventType, actor: ActorKind) -> None:
    """Whoever did it, and whatever it is called."""
    said = sentence(event(kind, AuditActor(actor, None if actor == "system" else "id", "Ana {Ruiz}")))
    assert "ines@example.com" in said
    assert "  " not in said
    assert said == said.strip()
    assert said[0].isupper() or said.startswith("ines@")


def test_no_two_events_read_alike() -> None:
    """Neither in the log nor where they are chosen."""
    assert len({sentence(event(kind)) for kind in EVENT_TYPES}) == len(EVENT_TYPES)
    for kinds in choices().values():
        assert len({name for _, name in kinds}) == len(kinds)
    assert choice("invitee.created") == "Invited"


def test_names_are_parts_of_their_own() -> None:
    """So that the page can make them stand out, whatever is in them."""
    assert parts(event("invitee.created")) == [
        Part("actor", "Ana Ruiz"),
        Part("text", " invited "),
        Part("object", "ines@example.com"),
    ]


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (event("invitee.accepted"), "Ana Ruiz marked the invitation of ines@example.com as accepted"),
        (
            event("invitee.accepted", AuditActor("invitee", "x", "Ines")),
            "ines@example.com accepted the invitation",
        ),
        (event("invitee.sent", AuditActor("system")), "The invitation to ines@example.com was sent"),
        (event("member.removed"), "Ana Ruiz removed ines@example.com from the workspace"),
        (event("member.removed", member={"userId": "ana"}), "ines@example.com left the workspace"),
        (event("call.ended", AuditActor("system")), "The call with ines@example.com ended"),
        (
            event("call.started", AuditActor("invitee", "i", "Ines"), call={"inviteeId": "i"}),
            "ines@example.com entered the room, and the call started",
        ),
        (event("call.started", call={"inviteeId": "i"}), "Ana Ruiz started a call with ines@example.com"),
        (
            event("interview.created", AuditActor("api_key", "k", "Importer")),
            "The API key Importer created the interview ines@example.com",
        ),
        (
            event("interview.created", AuditActor("user", "gone")),
            "Somebody without a name created the interview ines@example.com",
        ),
        (event("interview.{exploded}"), "Ana Ruiz: interview.exploded, ines@example.com"),
    ],
)
def test_who_did_it_changes_the_sentence(seen: AuditEvent, said: str) -> None:
    """Themselves, for somebody else, or nobody; a type of another version is said as it is."""
    assert sentence(seen) == said
