"""What is around every request and socket: an id, the client's address, counts, and a line in the log.

It is the outermost part of the application, so that what no route answers has them too. It is on the way of every
request, so it looks at as little as it can: see docs/decisions/0005.
"""

import asyncio
import re
import secrets
from itertools import count
from time import perf_counter

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from qwalo.platform.http.client_address import TrustedProxies, unmapped
from qwalo.platform.http.counting import NO_ROUTE, RequestCounts
from qwalo.platform.http.origin import Origin, set_origin

log = structlog.get_logger()

HEADER = b"x-request-id"
_GIVEN_ID = re.compile(rb"[A-Za-z0-9_-]{8,64}")
_STREAM = b"text/event-stream"
# nginx's number for a client that did not wait for its answer.
_CLIENT_GONE = 499
# How a socket is answered.
_SWITCHED, _REFUSED = 101, 403


class RequestFrame:
    """With `log_all`, each request has a line in the log; without, those have that failed by our fault (5xx)."""

    def __init__(self, proxies: TrustedProxies, counts: RequestCounts, *, log_all: bool) -> None:
        self._proxies = proxies
        self._counts = counts
        self._log_all = log_all
        # Random once a process: a number behind it costs a tenth of a random id each.
        self._prefix = secrets.token_hex(6)
        self._numbers = count(1)

    def around(self, app: ASGIApp) -> ASGIApp:
        async def framed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP:
                await self._answer(app, scope, receive, send)
            else:
                await self._hold_socket(app, scope, receive, send)

        return framed

    async def _answer(self, app: ASGIApp, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        origin = self._origin(scope)
        set_origin(origin)
        headers: list[tuple[bytes, bytes]] | None = None
        streams = False

        async def framed_send(message: Message) -> None:
            nonlocal headers, streams
            if message["type"] == "http.response.start":
                message["headers"] = headers = [*message["headers"], _header(origin)]
                # Counted when the answer begins: a stream that stays open is no slow answer.
                self._answered(scope, scope["method"], message["status"], started, origin)
            elif not streams and message.get("more_body") and _is_stream(headers):
                streams = True
                self._counts.streams += 1
            await send(message)

        try:
            await app(scope, receive, framed_send)
        except asyncio.CancelledError:
            if headers is None:
                self._answered(scope, scope["method"], _CLIENT_GONE, started, origin)
            raise
        except Exception:
            if headers is None:
                self._answered(scope, scope["method"], 500, started, origin)
            # The server in front of the application says nothing of it.
            log.exception("An answer broke off in a way that nobody foresaw.", route=_route(scope))
            raise
        finally:
            if streams:
                self._counts.streams -= 1

    async def _hold_socket(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        origin = self._origin(scope)
        set_origin(origin)
        answered = False

        async def framed_send(message: Message) -> None:
            nonlocal answered
            if message["type"] == "websocket.accept":
                message["headers"] = [*message.get("headers", ()), _header(origin)]
            if not answered:
                answered = True
                status = _SWITCHED if message["type"] == "websocket.accept" else _REFUSED
                self._answered(scope, "WEBSOCKET", status, started, origin)
            await send(message)

        self._counts.sockets += 1
        try:
            await app(scope, receive, framed_send)
        finally:
            self._counts.sockets -= 1

    def _origin(self, scope: Scope) -> Origin:
        client = scope.get("client")
        if client is None:
            return Origin(None, self._new_id())
        peer = unmapped(client[0])
        if not self._proxies.trust(peer):
            return Origin(peer, self._new_id())
        headers = scope["headers"]
        given = next((value for name, value in headers if name == HEADER and _GIVEN_ID.fullmatch(value)), None)
        return Origin(self._proxies.client(peer, headers), given.decode() if given else self._new_id())

    def _new_id(self) -> str:
        return f"{self._prefix}{next(self._numbers):06x}"

    def _answered(self, scope: Scope, method: str, status: int, started: float, origin: Origin) -> None:
        seconds = perf_counter() - started
        route = _route(scope)
        self._counts.add(route, method, status, seconds)
        if self._log_all or status >= 500:
            milliseconds = round(seconds * 1000, 1)
            log.info("request", method=method, route=route, status=status, ms=milliseconds, address=origin.address)


def _route(scope: Scope) -> str:
    """The template, such as `/i/{token}`, and never the address itself: that of a link holds its token."""
    return scope.get("path_template") or NO_ROUTE


def _header(origin: Origin) -> tuple[bytes, bytes]:
    return HEADER, (origin.request_id or "").encode()


def _is_stream(headers: list[tuple[bytes, bytes]] | None) -> bool:
    return any(name == b"content-type" and value.startswith(_STREAM) for name, value in headers or ())
