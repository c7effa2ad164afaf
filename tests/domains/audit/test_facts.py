"""What an entry holds, as facts."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qwalo.audit.facts import Fact, Value, facts_of
from qwalo.audit.models import AuditActor, AuditEvent, AuditObject


def facts(data: dict[str, Any]) -> list[Fact]:
    event = AuditEvent("1", "interview.updated", AuditActor("system"), AuditObject("x", "Why"), data, "2026")
    return facts_of(event)


def test_a_change_shows_what_was_and_is() -> None:
    """First, and the field is not told again below."""
    found = facts(
        {"interview": {"id": "1", "title": "New", "mode": "voice"}, "changes": {"title": {"old": "Old", "new": "New"}}}
    )
    assert found == [Fact("Title", Value("New"), Value("Old")), Fact("Mode", Value("voice"))]


def test_names_of_fields_are_words() -> None:
    """As people write them."""
    moment = "2026-03-02T09:14:05.120Z"
    found = facts({"member": {"organizationName": "Acme", "linkExpiresAt": moment, "events": ["a", "b"], "url": "u"}})
    assert found == [
        Fact("Organization name", Value("Acme")),
        Fact("Link expires", Value(moment, moment)),
        Fact("Events", Value("a, b")),
        Fact("Address", Value("u")),
    ]


def test_what_was_nothing_is_said() -> None:
    """A name that was removed, for one."""
    found = facts({"changes": {"name": {"old": "Ines", "new": None}}})
    assert found == [Fact("Name", Value("nothing"), Value("Ines"))]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text() | st.just("changes"), JSON))
def test_whatever_is_in_it_can_be_shown(data: dict[str, Any]) -> None:
    """Also what another version wrote."""
    for fact in facts(data):
        assert isinstance(fact.value.text, str)
