"""The one place where an error becomes a response: problem details for programs, a page for people."""

import re
from collections.abc import Callable
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from qwalo.platform.db.pool import DatabaseBusy, DatabaseUnavailable
from qwalo.platform.http.documentation import MEDIA_TYPE
from qwalo.platform.http.problems import (
    FieldError,
    InvalidRequest,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    Problem,
    RequestTooLarge,
    Unavailable,
    UnexpectedError,
    UnsupportedMediaType,
)

log = structlog.get_logger()

AnyRequest = Request[Any, Any, Any]
AnyResponse = Response[Any]

_FIELD_IN_MESSAGE = re.compile(r"field `(\w+)`")
_OWN_MESSAGE = re.compile(r"`(\w+)` (.+)")


def problem_of(error: Exception) -> Problem:
    """The fact behind an exception. What nobody foresaw is an UnexpectedError, which tells nothing internal."""
    match error:
        case Problem():
            return error
        case DatabaseBusy():
            return Unavailable("The database is busy with something that this has to wait for: try again shortly.")
        case DatabaseUnavailable():
            return Unavailable("The database cannot be reached at the moment: try again in a few seconds.")
        case ValidationException():
            return _invalid(error)
        case RecursionError():
            # Only msgspec goes down into what it is given, and it stops at Python's limit.
            return MalformedRequest("The body is nested too deeply.")
        case HTTPException():
            return _of_framework(error)
        case _:
            return UnexpectedError()


def render_json(_: AnyRequest, problem: Problem) -> AnyResponse:
    return Response(problem.details(), status_code=problem.status, media_type=MEDIA_TYPE, headers=dict(problem.headers))


def error_handler(
    wants_page: Callable[[AnyRequest], bool], render_page: Callable[[AnyRequest, Problem], AnyResponse]
) -> Callable[[AnyRequest, Exception], AnyResponse]:
    """The handler of every exception of the application."""

    def handle(request: AnyRequest, error: Exception) -> AnyResponse:
        problem = problem_of(error)
        if isinstance(problem, UnexpectedError):
            # The route, and not the address: that of a link holds its token.
            route = request.scope.get("path_template", "")
            log.error("A request failed in a way that nobody foresaw.", route=route, exc_info=error)
        return render_page(request, problem) if wants_page(request) else render_json(request, problem)

    return handle


def invalid_request(messages: list[tuple[str, str]]) -> InvalidRequest:
    """The problem behind msgspec's sentences, each with the field that it was found at ("" where that is unknown)."""
    errors = [_field_error(key, line) for key, message in messages for line in message.splitlines()]
    sentence = " ".join(f"{item.field}: {item.message}" for item in errors)
    return InvalidRequest(sentence or "A field of the request cannot be used.", errors=errors)


def _invalid(error: ValidationException) -> InvalidRequest:
    found = error.extra if isinstance(error.extra, list) else []
    return invalid_request(
        [(str(item.get("key", "")), str(item.get("message", ""))) for item in found if isinstance(item, dict)]
    )


def _field_error(key: str, message: str) -> FieldError:
    field = key.removeprefix("data.").removeprefix("data")
    if message == "'data'":
        return FieldError("body", "A JSON object is expected.")
    # Our own checks begin with the field; msgspec names a missing or unknown one only inside of its sentence.
    if own := _OWN_MESSAGE.fullmatch(message):
        return FieldError(own[1], own[2])
    if not field and (named := _FIELD_IN_MESSAGE.search(message)) and not message.startswith("Expected"):
        field = named[1]
    return FieldError(field or "body", message.replace("`", ""))


def _of_framework(error: HTTPException) -> Problem:
    match error.status_code:
        case 400:
            return MalformedRequest("The body is not what the Content-Type says, or is not valid JSON.")
        case 404:
            return NotFound("There is nothing at this address.")
        case 405:
            problem = MethodNotAllowed("This address does not take that method.")
            problem.headers.update(error.headers or {})
            return problem
        case 413:
            return RequestTooLarge("The body has more than 1 MiB.")
        case 415:
            return UnsupportedMediaType("Send the body as application/json.")
        case status if 400 <= status < 500:
            return MalformedRequest("The request cannot be understood.")
        case _:
            return UnexpectedError()
