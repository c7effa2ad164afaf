"""Headers of every answer."""

from litestar.types import Message, Scope

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
# What belongs to one person is kept by no cache, unless a route says otherwise.
_PRIVATE = (b"cache-control", b"no-store")


async def add_security_headers(message: Message, scope: Scope) -> None:
    if message["type"] != "http.response.start":
        return
    headers = [*message["headers"], *_HEADERS]
    if not any(name == b"cache-control" for name, _ in headers):
        headers.append(_PRIVATE)
    message["headers"] = headers
