"""What the OpenAPI document says of an operation besides its types: the errors that it can answer."""

from collections import defaultdict

from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from qwalo.platform.http.problems import (
    InvalidRequest,
    MalformedRequest,
    Problem,
    ProblemDetails,
    RequestTooLarge,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"

# What any route can answer that reads from the database, and one that takes a body besides.
READ: tuple[type[Problem], ...] = (Unavailable,)
WRITE: tuple[type[Problem], ...] = (MalformedRequest, InvalidRequest, RequestTooLarge, Unavailable)


def problems(*kinds: type[Problem]) -> dict[int, ResponseSpec]:
    """For `responses=` of a route: each error that it can answer, by status."""
    by_status: defaultdict[int, list[type[Problem]]] = defaultdict(list)
    for kind in kinds:
        by_status[kind.status].append(kind)
    return {
        status: ResponseSpec(
            data_container=ProblemDetails,
            media_type=MEDIA_TYPE,
            description=" ".join(_first_line(kind) for kind in group),
            generate_examples=False,
            examples=[Example(id=kind.code, summary=kind.title, value=_example(kind)) for kind in group],
        )
        for status, group in by_status.items()
    }


def _first_line(kind: type[Problem]) -> str:
    return (kind.__doc__ or kind.title).splitlines()[0]


def _example(kind: type[Problem]) -> dict[str, str | int]:
    return {
        "type": f"urn:qwalo:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "code": kind.code,
        "detail": _first_line(kind),
    }
