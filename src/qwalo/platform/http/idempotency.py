"""A POST with an `Idempotency-Key` acts once, however often it is sent (draft-ietf-httpapi-idempotency-key-header-07).

What the handler stores and its answer are one transaction, and the answer is sent after the commit. So whoever got no
answer sends the same request again: either nothing had happened and it happens now, or the first answer comes back.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.http import answers
from qwalo.platform.http.answers import Answer, KeptAnswer, Seal
from qwalo.platform.http.marks import PUBLIC
from qwalo.platform.http.problems import Conflict, InvalidRequest, MalformedRequest

AnyRequest = Request[Any, Any, Any]

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MAX_KEY = 255
# Servers take away what is around a header's value.
KEY_PATTERN = r"[!-~]([ -~]*[!-~])?"

# What belongs to the content of an answer; the rest belongs to the moment in which it is sent.
_KEPT_HEADERS = frozenset({b"content-type", b"location", b"link", b"etag"})
_HEADER = HEADER.lower().encode()
_KEY = re.compile(KEY_PATTERN.encode())


class IdempotencyKeyNotValid(MalformedRequest):
    """The Idempotency-Key is not 1 to 255 printable ASCII characters."""

    code = "idempotency-key-not-valid"
    title = "Idempotency-Key not valid"

    def __init__(self) -> None:
        super().__init__(
            f"An Idempotency-Key is 1 to {MAX_KEY} printable ASCII characters, sent once: a new random UUID does well."
        )


class RequestInFlight(Conflict):
    """The first request with this Idempotency-Key is still being answered."""

    code = "request-in-flight"
    title = "Request in flight"

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still being answered: try again in a second.")
        self.headers["Retry-After"] = "1"


class IdempotencyKeyReused(InvalidRequest):
    """The Idempotency-Key was sent with another request before."""

    code = "idempotency-key-reused"
    title = "Idempotency-Key reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was sent with another method, address or body before, so nothing was done: "
            "make a new key for each request that is to act."
        )


class Caller(Protocol):
    @property
    def id(self) -> str: ...


class _Refused(Exception):
    """The handler's answer is an error: nothing of it is stored, and a retry tries anew."""


class _Outbox:
    """The answer, until it may be sent."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def put(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message["body"]

    async def send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})

    def refuse_error(self) -> None:
        """Raises _Refused, so that the transaction is undone."""
        if self.status >= 400:
            raise _Refused

    def kept(self, standing: str) -> Answer:
        headers = [header for header in self.headers if header[0] in _KEPT_HEADERS]
        return Answer(self.status, headers, self.body, standing)

    def fill(self, answer: Answer) -> None:
        """With what was answered before."""
        length = (b"content-length", str(len(answer.body)).encode())
        self.status = answer.status
        self.headers = [*answer.headers, length, (REPLAYED.lower().encode(), b"true")]
        self.body = answer.body


class Idempotency:
    """`render` makes the answer of an exception, as it does for the rest of the application.

    `standing` tells what somebody is where the path with these parameters leads, in a word that is kept with the
    answer. Given that word later, it raises a Problem for who is less by then: they would not get that answer any more.

    The key is that of a person (or of an API key), so that it still holds when the token was renewed meanwhile.
    """

    def __init__(
        self,
        db: Database,
        secret_key: str,
        render: Callable[[AnyRequest, Exception], Response[Any]],
        standing: Callable[[Connection, Any, Mapping[str, Any], str | None], Awaitable[str]],
    ) -> None:
        self._db = db
        self._seal = Seal(secret_key)
        self._render = render
        self._standing = standing

    def __call__(self, app: ASGIApp) -> ASGIApp:
        async def keyed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP and scope["method"] == "POST" and is_keyed(scope["route_handler"]):
                given = [value for name, value in scope["headers"] if name == _HEADER]
                if given:
                    await self._answer_once(_checked(given), app, scope, receive, send)
                    return
            await app(scope, receive, send)

        return keyed

    async def _answer_once(self, given: bytes, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Caller = scope["user"]
        request: AnyRequest = Request(scope, receive)
        # The handler finds the body where this leaves it; that it is not too large is checked here as there.
        body = await request.body()
        asked = (request.method.encode(), request.scope["path"].encode(), scope["query_string"], body)
        key = answers.key_of(caller.id, given)
        outbox = _Outbox()
        try:
            async with self._db.shared_transaction() as conn:
                kept = await _find(conn, key, self._seal.fingerprint(*asked))
                if kept is not None:
                    answer = self._seal.open(kept.sealed, key)
                    await self._standing(conn, caller, scope["path_params"], answer.standing)
                    outbox.fill(answer)
                else:
                    await app(scope, receive, outbox.put)
                    outbox.refuse_error()
                    standing = await self._standing(conn, caller, scope["path_params"], None)
                    sealed = self._seal.close(outbox.kept(standing), key)
                    await answers.unscoped_keep(conn, key, self._seal.fingerprint(*asked), sealed)
        except _Refused:
            pass
        except Exception as error:
            if not outbox.status:
                raise
            # It was not stored, so what the handler said of it is not true. The framework thinks that this is sent.
            response = self._render(request, error).to_asgi_response(app=None, request=request)
            await response(scope, receive, send)
            return
        await outbox.send(send)


async def _find(conn: Connection, key: str, fingerprint: str) -> KeptAnswer | None:
    """Raises RequestInFlight, IdempotencyKeyReused."""
    if not await answers.unscoped_take_turn(conn, key):
        raise RequestInFlight
    kept = await answers.unscoped_find(conn, key)
    if kept is not None and kept.request != fingerprint:
        raise IdempotencyKeyReused
    return kept


def is_keyed(handler: Any) -> bool:
    """Whether an `Idempotency-Key` has a meaning there: what is in the document, and for those who are signed in."""
    return isinstance(handler, HTTPRouteHandler) and not handler.opt.get(PUBLIC) and handler.resolve_include_in_schema()


def _checked(given: list[bytes]) -> bytes:
    """Raises IdempotencyKeyNotValid."""
    if len(given) > 1 or len(given[0]) > MAX_KEY or _KEY.fullmatch(given[0]) is None:
        raise IdempotencyKeyNotValid
    return given[0]
