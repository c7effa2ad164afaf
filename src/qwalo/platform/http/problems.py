"""Errors are facts: each has a status, a stable code and a sentence, rendered as RFC 9457 problem details."""

from typing import ClassVar

import msgspec

from qwalo.platform.http.origin import current_origin


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of the request."""

    field: str
    message: str


class ProblemDetails(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every error (RFC 9457). `code` is stable: programs may compare it."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldError] = []


class Problem(Exception):
    """Base of everything that can go wrong in a use case. `str()` of it is the sentence for people."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, detail: str, *, errors: list[FieldError] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors or []
        self.headers: dict[str, str] = {}

    def details(self) -> ProblemDetails:
        return ProblemDetails(
            type=f"urn:qwalo:problem:{self.code}",
            title=self.title,
            status=self.status,
            code=self.code,
            detail=self.detail,
            errors=self.errors,
        )


class NotFound(Problem):
    """Missing, or not the caller's: the answer is the same."""

    status = 404
    code = "not-found"
    title = "Not found"


class Conflict(Problem):
    """The request fits no state that the object is in."""

    status = 409
    code = "conflict"
    title = "Conflict"


class InvalidRequest(Problem):
    """The request can be read, but a field of it cannot be used."""

    status = 422
    code = "invalid-request"
    title = "Invalid request"


class MalformedRequest(Problem):
    """The request cannot be read at all."""

    status = 400
    code = "malformed-request"
    title = "Malformed request"


class RequestTooLarge(Problem):
    """The body is larger than what any request of this API needs."""

    status = 413
    code = "request-too-large"
    title = "Request too large"


class Unavailable(Problem):
    """Something that this server depends on is away; trying again later helps."""

    status = 503
    code = "unavailable"
    title = "Temporarily unavailable"

    def __init__(self, detail: str, *, retry_after: int = 2) -> None:
        super().__init__(detail)
        self.headers["Retry-After"] = str(retry_after)


class MethodNotAllowed(Problem):
    """There is something at this address, but it does not take that method."""

    status = 405
    code = "method-not-allowed"
    title = "Method not allowed"


class UnsupportedMediaType(Problem):
    """The body is in a format that this address does not take."""

    status = 415
    code = "unsupported-media-type"
    title = "Unsupported media type"


class TooManyRequests(Problem):
    """The caller has asked too often for a while, and can go on after what `Retry-After` says."""

    status = 429
    code = "too-many-requests"
    title = "Too many requests"

    def __init__(self, said: str, retry_after: int) -> None:
        when = f"{retry_after} seconds" if retry_after < 120 else f"{-(-retry_after // 60)} minutes"
        super().__init__(f"{said}: try again in {'a second' if retry_after == 1 else when}.")
        self.headers["Retry-After"] = str(retry_after)


class UnexpectedError(Problem):
    """A fault of ours. The log has it; the answer tells nothing internal."""

    status = 500
    code = "unexpected-error"
    title = "Something went wrong"

    def __init__(self) -> None:
        known_as = current_origin().request_id
        where = f" as {known_as}" if known_as else ""
        super().__init__(f"Something went wrong on our side, and it is in the log{where}: try again.")
