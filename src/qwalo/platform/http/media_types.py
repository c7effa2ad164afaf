"""What a body may be."""

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from qwalo.platform.http.problems import UnsupportedMediaType

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class JsonBodies(ASGIMiddleware):
    """Refuses a body of another kind where a route takes JSON. One that says nothing is taken for JSON."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Raises UnsupportedMediaType."""
        if scope.get("method") in _WITH_BODY and "data" in scope["route_handler"].parsed_fn_signature.parameters:
            kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
            named = kind.partition(b";")[0].strip().lower()
            if named and named != b"application/json" and not named.endswith(b"+json"):
                raise UnsupportedMediaType("Send the body as application/json.")
        await next_app(scope, receive, send)
