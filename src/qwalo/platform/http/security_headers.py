"""Headers of every answer."""

from litestar.types import Message, Scope

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Calls need these, and no page of another site may use them through ours.
    (b"permissions-policy", b"camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=()"),
)
# Unless a route says otherwise.
_DEFAULTS = (
    # Other sites learn nothing. Not `no-referrer`: with that, a browser sends `Origin: null` with our own forms, and
    # where it is not on https (or localhost) nothing else tells that they are ours.
    (b"referrer-policy", b"same-origin"),
    # What belongs to one person is kept by no cache.
    (b"cache-control", b"no-store"),
)


async def add_security_headers(message: Message, scope: Scope) -> None:
    if message["type"] != "http.response.start":
        return
    given = {name for name, _ in message["headers"]}
    defaults = [(name, value) for name, value in _DEFAULTS if name not in given]
    message["headers"] = [*message["headers"], *_HEADERS, *defaults]
