"""Who is calling: a gate in front of every route that is not declared public."""

import hmac
from typing import Any, Protocol

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from qwalo.identity.errors import ForeignRequest, NotForKeys, NotSignedIn
from qwalo.identity.models import Viewer
from qwalo.platform.http.marks import FOR_PEOPLE, PAGE, PUBLIC
from qwalo.platform.http.problems import NotFound, Problem

# A reason for the end of a socket has at most so many bytes.
MAX_REASON = 123
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What API keys begin with, and sessions do not.
KEY_PREFIX = "qwk_"

# The request of somebody who is signed in: `request.user` is the viewer.
HostRequest = Request[Viewer, Any, State]


class Authenticator(Protocol):
    """Recognises the sessions of one way to sign in."""

    async def recognise(self, token: str) -> Viewer:
        """Raises NotSignedIn, IdentityProviderUnavailable."""

    def cookie_names(self) -> tuple[str, ...]:
        """The cookies that can hold the token of a browser, the best first."""


class KeyAuthenticator(Protocol):
    """Recognises API keys, the credentials of programs that are no person."""

    async def recognise(self, token: str) -> Viewer:
        """Raises NotSignedIn."""


class Gate(ASGIMiddleware):
    """Closes every route that is not declared public, and puts the viewer into the request as `request.user`.

    `allowed_origins` are those from which a browser's cookies may change something, our own one first.
    """

    def __init__(
        self,
        authenticator: Authenticator,
        keys: KeyAuthenticator,
        form_tokens: "FormTokens",
        allowed_origins: tuple[str, ...],
    ) -> None:
        self._authenticator = authenticator
        self._keys = keys
        self._form_tokens = form_tokens
        self._allowed_origins = frozenset(allowed_origins)
        self._public_url = allowed_origins[0]

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Raises NotSignedIn, NotForKeys, ForeignRequest, IdentityProviderUnavailable, NotFound."""
        if scope["type"] == ScopeType.WEBSOCKET:
            try:
                await self._admit(scope, receive)
                self._refuse_foreign_socket(scope)
            except ForeignRequest:
                await _refuse_socket(receive, send, 421, f"Open this page at {self._public_url}."[:MAX_REASON])
                return
            except Problem as problem:
                await _refuse_socket(receive, send, problem.status, problem.title)
                return
        else:
            await self._admit(scope, receive)
        await next_app(scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive) -> None:
        if "\0" in scope["path"]:
            # No id has this character, and PostgreSQL does not take it.
            raise NotFound("There is nothing at this address.")
        if not scope["route_handler"].opt.get(PUBLIC):
            token = _bearer_token(scope)
            if token is None:
                await self._admit_browser(scope, receive)
            elif token.startswith(KEY_PREFIX):
                scope["user"] = await self._recognise_key(scope, token)
            else:
                scope["user"] = await self._authenticator.recognise(token)

    async def _recognise_key(self, scope: Scope, token: str) -> Viewer:
        opt = scope["route_handler"].opt
        if opt.get(PAGE) or scope["type"] == ScopeType.WEBSOCKET:
            raise NotForKeys("API keys are for the JSON API: sign in as a person to use this page.")
        viewer = await self._keys.recognise(token)
        if FOR_PEOPLE in opt:
            raise NotForKeys(opt[FOR_PEOPLE])
        return viewer

    async def _admit_browser(self, scope: Scope, receive: Receive) -> None:
        connection: ASGIConnection[Any, Any, Any, State] = ASGIConnection(scope)
        viewer = await self._viewer_of_cookies(connection.cookies)
        scope["user"] = viewer
        if scope["type"] == ScopeType.HTTP and scope["method"] not in SAFE_METHODS:
            request: HostRequest = Request(scope, receive)
            self.refuse_foreign(request)
            if scope["route_handler"].opt.get(PAGE):
                await self._form_tokens.check(request, viewer.session)

    async def _viewer_of_cookies(self, cookies: dict[str, str]) -> Viewer:
        refusal = NotSignedIn()
        for name in self._authenticator.cookie_names():
            if cookies.get(name):
                try:
                    return await self._authenticator.recognise(cookies[name])
                except NotSignedIn as error:
                    # The next cookie may be of a newer session.
                    refusal = error
        raise refusal

    async def visitor(self, request: Request[Any, Any, Any]) -> Viewer | None:
        """Who is signed in, on a page that is open to everybody. Raises IdentityProviderUnavailable."""
        try:
            return await self._viewer_of_cookies(request.cookies)
        except NotSignedIn:
            return None

    async def check_form(self, request: Request[Any, Any, Any], visitor: Viewer | None) -> None:
        """For what changes something on such a page. Raises ForeignRequest."""
        self.refuse_foreign(request)
        if visitor is not None:
            await self._form_tokens.check(request, visitor.session)

    def refuse_foreign(self, request: Request[Any, Any, Any]) -> None:
        """Raises ForeignRequest where the browser does not say that the request is of our own pages.

        Every current browser sends `Sec-Fetch-Site` where the page is on https or localhost, and `Origin` with what
        changes something; neither can be set by a page.
        """
        if request.headers.get("sec-fetch-site") in {"same-origin", "none"}:
            return
        if request.headers.get("origin") not in self._allowed_origins:
            raise ForeignRequest(self._public_url)

    def _refuse_foreign_socket(self, scope: Scope) -> None:
        """A page of any site can open a socket to us, with our cookies; browsers say whose page it is, always.

        Raises ForeignRequest.
        """
        origin = ASGIConnection[Any, Any, Any, State](scope).headers.get("origin")
        if origin is not None and origin not in self._allowed_origins:
            raise ForeignRequest(self._public_url)


async def _refuse_socket(receive: Receive, send: Send, status: int, reason: str) -> None:
    """The socket is accepted first, as a browser sees the code of its end only then: 4000 and the HTTP status."""
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    await send({"type": "websocket.close", "code": 4000 + status, "reason": reason})


class FormTokens:
    """The hidden token of forms, bound to the session: the second lock against requests of other sites."""

    FIELD = "csrf"

    def __init__(self, secret_key: str) -> None:
        self._key = hmac.digest(secret_key.encode(), b"qwalo form tokens", "sha256")

    def token(self, session: str) -> str:
        return hmac.digest(self._key, session.encode(), "sha256").hex()

    async def check(self, request: HostRequest, session: str) -> None:
        """Raises ForeignRequest."""
        sent = (await request.form()).get(self.FIELD, "")
        if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), self.token(session).encode()):
            raise ForeignRequest


def _bearer_token(scope: Scope) -> str | None:
    # The raw headers are read, as this is done for every request of the API.
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return None
