"""Who is calling: a guard in front of every route that is not declared public."""

import hmac
from typing import Protocol

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Empty, Scope

from qwalo.identity.errors import ForeignRequest, NotSignedIn
from qwalo.identity.models import Viewer
from qwalo.platform.http.marks import PAGE, PUBLIC
from qwalo.platform.http.problems import NotFound

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Authenticator(Protocol):
    """Recognises the sessions of one way to sign in."""

    async def recognise(self, token: str) -> Viewer:
        """Raises NotSignedIn, IdentityProviderUnavailable."""

    def cookie_names(self) -> tuple[str, ...]:
        """The cookies that can hold the token of a browser, the best first."""


class Gate:
    """The guard. `allowed_origins` are those from which a browser's cookies may change something."""

    def __init__(self, authenticator: Authenticator, csrf: "FormTokens", allowed_origins: tuple[str, ...]) -> None:
        self._authenticator = authenticator
        self._csrf = csrf
        self._allowed_origins = frozenset(allowed_origins)

    async def __call__(
        self, connection: ASGIConnection[BaseRouteHandler, Viewer, Viewer, State], handler: BaseRouteHandler
    ) -> None:
        """Puts the viewer into the scope. Raises NotSignedIn, ForeignRequest, IdentityProviderUnavailable."""
        if "\0" in connection.scope["path"]:
            # No id has this character, and PostgreSQL does not take it.
            raise NotFound("There is nothing at this address.")
        if handler.opt.get(PUBLIC):
            return
        token = bearer_token(connection.scope)
        if token is not None:
            connection.scope["user"] = await self._authenticator.recognise(token)
            return
        viewer = await self._viewer_of_cookies(connection.cookies)
        connection.scope["user"] = viewer
        if isinstance(connection, Request) and connection.method not in SAFE_METHODS:
            self.refuse_foreign(connection)
            if handler.opt.get(PAGE):
                await self._csrf.check(connection, viewer.session)

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

    def refuse_foreign(self, request: Request[Viewer, Viewer, State]) -> None:
        """Raises ForeignRequest where the browser does not say that the request is of our own pages.

        Every current browser sends `Sec-Fetch-Site` or, on what changes something, `Origin`.
        """
        origin = request.headers.get("origin")
        if origin is not None and origin != "null":
            if origin not in self._allowed_origins:
                raise ForeignRequest
        elif request.headers.get("sec-fetch-site") not in {"same-origin", "none"}:
            raise ForeignRequest


class FormTokens:
    """The hidden token of forms, bound to the session: the second lock against requests of other sites."""

    FIELD = "csrf"

    def __init__(self, secret_key: str) -> None:
        self._key = hmac.digest(secret_key.encode(), b"qwalo form tokens", "sha256")

    def token(self, session: str) -> str:
        return hmac.digest(self._key, session.encode(), "sha256").hex()

    async def check(self, request: Request[Viewer, Viewer, State], session: str) -> None:
        """Raises ForeignRequest."""
        sent = (await request.form()).get(self.FIELD, "")
        if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), self.token(session).encode()):
            raise ForeignRequest


def bearer_token(scope: Scope) -> str | None:
    # The raw headers are read, as this is done for every request of the API.
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return None


def provide_viewer(scope: Scope) -> Viewer:
    viewer = scope["user"]
    if viewer is Empty or not isinstance(viewer, Viewer):
        raise NotSignedIn
    return viewer
