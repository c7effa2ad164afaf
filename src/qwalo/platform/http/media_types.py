"""A guard in front of every route that takes JSON: the body must say that it is JSON."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from qwalo.platform.http.problems import UnsupportedMediaType


def require_json(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Raises UnsupportedMediaType. A body that says nothing is taken for JSON."""
    if "data" not in handler.parsed_fn_signature.parameters:
        return
    named = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named and named != "application/json" and not named.endswith("+json"):
        raise UnsupportedMediaType("Send the body as application/json.")
