"""What the OpenAPI document says of an operation: the errors that it can answer, its shapes, an example.

The framework writes the frame. msgspec describes the shapes, as it knows their bounds and which of them refuse
unknown fields; a shape with an `EXAMPLE` shows it wherever it is sent or answered.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.typing import FieldDefinition

from qwalo.platform.http.idempotency import (
    HEADER,
    KEY_PATTERN,
    MAX_KEY,
    REPLAYED,
    IdempotencyKeyNotValid,
    IdempotencyKeyReused,
    RequestInFlight,
    is_keyed,
)
from qwalo.platform.http.marks import LIMIT, PUBLIC
from qwalo.platform.http.problems import (
    InvalidRequest,
    MalformedRequest,
    Problem,
    ProblemDetails,
    RequestTooLarge,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
)

MEDIA_TYPE = "application/problem+json"

# What any route can answer that reads from the database, and one that takes a body besides.
READ: tuple[type[Problem], ...] = (Unavailable,)
WRITE: tuple[type[Problem], ...] = (
    MalformedRequest,
    InvalidRequest,
    RequestTooLarge,
    UnsupportedMediaType,
    Unavailable,
)


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


JSON = "application/json"
_REFERENCE = "#/components/schemas/"
_NULL = {"type": "null"}


def document(app: Litestar) -> bytes:
    """The document of all of `app`'s operations, as JSON."""
    content = app.openapi_schema.to_schema()
    shapes: set[type[msgspec.Struct]] = {ProblemDetails}
    for path, method, handler in _described(app):
        operation = content["paths"][path][method]
        shapes.update(_shapes(handler))
        _tidy(operation)
        operation["operationId"] = _operation_id(operation["tags"][0], handler.handler_name)
        if method == "post" and is_keyed(handler):
            _describe_key(operation)
        if handler.opt.get(LIMIT) != ():
            _add_problems(operation, TooManyRequests)
        if handler.opt.get(PUBLIC):
            operation["security"] = []
    content["components"]["schemas"] = _schemas(shapes)
    examples = {shape.__name__: shape.EXAMPLE for shape in shapes if hasattr(shape, "EXAMPLE")}
    for body in _json_bodies(content):
        example = _shown(body["schema"], examples)
        if example is not None:
            body["example"] = example
    return msgspec.json.encode(content)


def _described(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """(path, method in lower case, handler) of each operation in the document."""
    paths = app.openapi_schema.paths or {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if handler.resolve_include_in_schema() and route.path_format in paths:
                yield from ((route.path_format, method.lower(), handler) for method in handler.http_methods)


def _shapes(handler: HTTPRouteHandler) -> Iterator[type[msgspec.Struct]]:
    """What is sent and answered, and what these are made of."""
    signature = handler.parsed_fn_signature
    waiting = [signature.return_type]
    if "data" in signature.parameters:
        waiting.append(signature.parameters["data"])
    while waiting:
        field: FieldDefinition = waiting.pop()
        waiting.extend(field.inner_types)
        if field.is_subclass_of(msgspec.Struct):
            yield field.annotation
            parts = msgspec.structs.fields(field.annotation)
            waiting.extend(FieldDefinition.from_annotation(part.type) for part in parts)


def _tidy(operation: dict[str, Any]) -> None:
    """Takes out what the framework adds and no answer of ours fits, or what OpenAPI has no place for."""
    for parameter in operation.get("parameters", []):
        # An address has no null: what is optional is left out.
        variants = parameter["schema"].pop("oneOf", [])
        parameter["schema"] |= next((one for one in variants if one != _NULL), {})
    for status, response in list(operation["responses"].items()):
        media = response.get("content", {})
        if status == "400" and MEDIA_TYPE not in media:
            del operation["responses"][status]
        for example in media.get(MEDIA_TYPE, {}).get("examples", {}).values():
            del example["id"]


def _operation_id(tag: str, handler_name: str) -> str:
    """`invitees_create_invitee` in camelCase: what generators name their functions after."""
    first, *rest = f"{tag} {handler_name}".replace("_", " ").lower().split()
    return first + "".join(word.title() for word in rest)


def _describe_key(operation: dict[str, Any]) -> None:
    """What every POST of somebody who is signed in takes beside its own parameters, and answers because of it."""
    operation.setdefault("parameters", []).append(_KEY_PARAMETER)
    _add_problems(operation, IdempotencyKeyNotValid, RequestInFlight, IdempotencyKeyReused)
    for status, response in operation["responses"].items():
        if status < "400":
            response.setdefault("headers", {})[REPLAYED] = _REPLAYED_HEADER


_KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Makes the request safe to send again: with the same key and body it acts once, and the first "
    "answer comes back for at least 24 hours. A new one, such as a random UUID, for each request that is to act. "
    "An answer that is an error is not kept.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": f"^{KEY_PATTERN}$"},
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}
_REPLAYED_HEADER = {
    "description": "There where this is the kept answer of an earlier request.",
    "schema": {"type": "string", "enum": ["true"]},
}
_RETRY_AFTER_HEADER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}


def _add_problems(operation: dict[str, Any], *kinds: type[Problem]) -> None:
    for kind in kinds:
        response = operation["responses"].setdefault(str(kind.status), {"description": "", "content": {}})
        response["description"] = f"{response['description']} {_first_line(kind)}".strip()
        content = response["content"].setdefault(MEDIA_TYPE, {"schema": {"$ref": f"{_REFERENCE}ProblemDetails"}})
        content.setdefault("examples", {})[kind.code] = {"summary": kind.title, "value": _example(kind)}
        if kind in (RequestInFlight, TooManyRequests):
            response.setdefault("headers", {})["Retry-After"] = _RETRY_AFTER_HEADER


def _schemas(shapes: set[type[msgspec.Struct]]) -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(
        sorted(shapes, key=lambda shape: shape.__name__), ref_template=_REFERENCE + "{name}"
    )
    absent = {shape.__name__ for shape in shapes if shape.__struct_config__.omit_defaults}
    for name in absent:
        for field in schemas[name]["properties"].values():
            # A fact that is not there is absent from our answers, and never null.
            field.pop("default", None)
            variants = [one for one in field.pop("anyOf", []) if one != _NULL]
            field.update(variants[0] if variants else {})
    return schemas


def _json_bodies(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in content["paths"].values():
        for operation in item.values():
            yield from _of_type(operation.get("requestBody", {}))
            for response in operation["responses"].values():
                yield from _of_type(response)


def _of_type(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if JSON in body.get("content", {}):
        yield body["content"][JSON]


def _shown(schema: dict[str, Any], examples: dict[str, Any]) -> Any:
    if schema.get("type") == "array":
        return [_shown(schema["items"], examples)]
    return examples.get(schema.get("$ref", "").removeprefix(_REFERENCE))
