"""What of the audit log is asked for."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import msgspec

from qwalo.events.models import EVENT_TYPES
from qwalo.platform.clock import iso
from qwalo.platform.http.problems import FieldError, InvalidRequest

# Stands for Qwalo itself where an actor is asked for, as that has no id.
SYSTEM = "system"
# Of those that have a next one.
_LAST_DAY = datetime(9999, 12, 30, tzinfo=UTC)


class AuditFilter(msgspec.Struct, frozen=True):
    """As it was sent, and as the database compares it. Without a value, everything fits."""

    type: str | None = None
    actor: str | None = None
    object: str | None = None
    begin: str = ""
    end: str = ""
    from_moment: str = "-infinity"
    """The first that fits, ISO 8601 UTC."""
    to_moment: str = "infinity"
    """The first that does not fit any more."""

    def query(self) -> dict[str, str]:
        """What leads to the same again, without what was not sent."""
        sent = {"type": self.type, "actor": self.actor, "object": self.object, "from": self.begin, "to": self.end}
        return {name: value for name, value in sent.items() if value}

    def address(self, path: str, **more: str) -> str:
        """`path` with this filter in its query."""
        query = self.query() | more
        return f"{path}?{urlencode(query)}" if query else path


def audit_filter(
    kind: str | None = None,
    actor: str | None = None,
    object_id: str | None = None,
    begin: str | None = None,
    end: str | None = None,
) -> AuditFilter:
    """`begin` and `end` are moments with a zone, or days in UTC; the day that is the end is still in.

    Raises:
        InvalidRequest: with each field that cannot be used.
    """
    errors: list[FieldError] = []
    if kind is not None and kind not in EVENT_TYPES:
        errors.append(FieldError("type", f"There is no event of this type. There are: {', '.join(EVENT_TYPES)}."))
    for field, value in (("actor", actor), ("object", object_id)):
        if value is not None and "\0" in value:
            errors.append(FieldError(field, "No id has such a character."))
    first = _moment("from", begin, errors)
    after = _moment("to", end, errors, end_of_day=True)
    if first and after and first >= after:
        errors.append(FieldError("to", "Must be after the beginning."))
    if errors:
        raise InvalidRequest(" ".join(f"{error.field}: {error.message}" for error in errors), errors=errors)
    return AuditFilter(
        type=kind or None,
        actor=actor or None,
        object=object_id or None,
        begin=begin or "",
        end=end or "",
        from_moment=iso(first) if first else "-infinity",
        to_moment=iso(after) if after else "infinity",
    )


def _moment(field: str, text: str | None, errors: list[FieldError], *, end_of_day: bool = False) -> datetime | None:
    if text is None:
        return None
    try:
        if len(text) == len("2026-03-02"):
            day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return min(day, _LAST_DAY) + timedelta(days=1) if end_of_day else day
        # A plus sign in an address is a space where it was not quoted.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = "Must be a day like 2026-03-02, which is one of UTC, or a moment like 2026-03-02T09:14:05Z."
    errors.append(FieldError(field, message))
    return None
