"""Where the request under way comes from: for logs, limits and the audit log."""

from contextvars import ContextVar

import msgspec


class Origin(msgspec.Struct, frozen=True):
    """`address` is the client's IP address; `request_id` is in the answer's `X-Request-Id` and in every log line."""

    address: str | None = None
    request_id: str | None = None


# What has no request, such as a job.
_NOWHERE = Origin()
_ORIGIN: ContextVar[Origin] = ContextVar("origin", default=_NOWHERE)


def current_origin() -> Origin:
    return _ORIGIN.get()


def set_origin(origin: Origin) -> None:
    """For the rest of the running task, which is the request's own."""
    _ORIGIN.set(origin)
