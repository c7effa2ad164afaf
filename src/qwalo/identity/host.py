"""The frame of a host's page: who is signed in, the form token, what happened before, where to go next."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response
from litestar.datastructures import Cookie

from qwalo.identity import service as identity
from qwalo.identity.authentication import FormTokens, HostRequest
from qwalo.identity.models import User, Viewer
from qwalo.platform.db.pool import Database
from qwalo.settings import Settings
from qwalo.web.flash import COOKIE, MAX_AGE_SECONDS, Flash, Flashes, Kind
from qwalo.web.redirects import see_other
from qwalo.web.rendering import Templates


class HostPage:
    """What a page handler needs to answer one request of a signed-in person."""

    def __init__(self, frame: "HostFrame", viewer: Viewer, user: User, flash: Flash | None) -> None:
        self._frame = frame
        self._viewer = viewer
        self._user = user
        self._flash = flash

    def render(self, name: str, *, status: int = 200, **context: Any) -> Response[str]:
        response = self._frame.templates.render(
            name,
            status=status,
            viewer=self._user,
            csrf=self._frame.form_tokens.token(self._viewer.session),
            flash=self._flash,
            mailbox=self._frame.settings.smtp is None,
            local_sign_in=self._frame.settings.clerk is None,
            **context,
        )
        if self._flash is not None:
            response.delete_cookie(COOKIE)
        return response

    def redirect(self, path: str, text: str, kind: Kind = "success") -> Response[str]:
        """To the page at `path`, which tells what happened."""
        cookie = Cookie(
            key=COOKIE,
            value=self._frame.flashes.write(Flash(kind, text)),
            max_age=MAX_AGE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=self._frame.settings.secure,
        )
        return see_other(path, cookie)


class HostFrame:
    """What the pages of one process share."""

    def __init__(self, settings: Settings, db: Database, templates: Templates, form_tokens: FormTokens) -> None:
        self.settings = settings
        self.db = db
        self.templates = templates
        self.form_tokens = form_tokens
        self.flashes = Flashes(settings.secret_key)

    def provider(self) -> Callable[..., Awaitable[HostPage]]:
        """The dependency `page` of the hosts' pages."""

        async def provide_page(request: HostRequest) -> HostPage:
            async with self.db.connection() as conn:
                user = await identity.get_user(conn, request.user)
            return HostPage(self, request.user, user, self.flashes.read(request.cookies.get(COOKIE)))

        return provide_page
