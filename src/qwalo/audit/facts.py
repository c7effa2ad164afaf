"""What an entry of the audit log holds, as facts that people can read."""

import re
from typing import Any

import msgspec

from qwalo.audit.models import AuditEvent

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Said elsewhere on the page, or of no use to people.
_HIDDEN = frozenset({"id", "workspaceId", "interviewId", "createdAt", "updatedAt"})
_NAMES = {"url": "Address", "apiKey": "API key", "userId": "User", "createdBy": "Created by"}


class Value(msgspec.Struct, frozen=True):
    """`text` as people read it; of a moment, `moment` is the ISO text."""

    text: str
    moment: str | None = None


class Fact(msgspec.Struct, frozen=True):
    name: str
    value: Value
    old: Value | None = None
    """What it was, where it has changed."""


def facts_of(event: AuditEvent) -> list[Fact]:
    """Changes first, then what was known of the object."""
    data = dict(event.data)
    changes = data.pop("changes", None)
    found: list[Fact] = []
    changed: set[str] = set()
    if isinstance(changes, dict):
        for field, change in changes.items():
            if isinstance(change, dict):
                found.append(Fact(_name(field), _value(change.get("new")), _value(change.get("old"))))
                changed.add(field)
    for field, value in data.items():
        # The object itself is one level down: {"interview": {"title": …}}.
        inner = value.items() if isinstance(value, dict) else [(field, value)]
        found += [
            Fact(_name(name), _value(known))
            for name, known in inner
            if name not in _HIDDEN and name not in changed and known not in (None, [], {})
        ]
    return found


def _name(field: str) -> str:
    if field in _NAMES:
        return _NAMES[field]
    words = _HUMP.sub(" ", field.removesuffix("At") or field).replace("_", " ").lower()
    return words[:1].upper() + words[1:]


def _value(value: Any) -> Value:
    match value:
        case None:
            return Value("nothing")
        case bool():
            return Value("yes" if value else "no")
        case str() if _MOMENT.fullmatch(value):
            return Value(value, value)
        case str():
            return Value(value or "nothing")
        case list():
            return Value(", ".join(_value(one).text for one in value) or "nothing")
        case dict():
            named = value.get("name") or value.get("label") or value.get("email")
            pairs = (f"{_name(str(name)).lower()}: {_value(one).text}" for name, one in value.items())
            return Value(str(named) if named else "; ".join(pairs) or "nothing")
        case _:
            return Value(str(value))
