"""Which methods an address takes, told in full."""

from litestar.types import Message, Scope


async def complete_allow(message: Message, scope: Scope) -> None:
    """A hook before every answer to OPTIONS.

    The framework's own answer names only the methods that were registered first, where several handlers have the
    same address.
    """
    if message["type"] != "http.response.start" or scope.get("method") != "OPTIONS":
        return
    kept = [header for header in message["headers"] if header[0] != b"allow"]
    if kept == list(message["headers"]):
        return
    template = scope["path_template"]
    route = next(route for route in scope["litestar_app"].routes if route.path_format == template)
    message["headers"] = [*kept, (b"allow", ", ".join(sorted(route.methods)).encode())]
