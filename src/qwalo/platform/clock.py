"""The present moment, as the database keeps it: UTC, cut (not rounded) to milliseconds."""

from datetime import UTC, datetime


def now() -> datetime:
    """Aware UTC. Cut to milliseconds, so that what a POST answers is what a later GET reads."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime) -> str:
    """ISO 8601 UTC with milliseconds and `Z`, as JavaScript's `toISOString` writes it."""
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"
