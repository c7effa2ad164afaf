"""The invitee's pages: the personal link, and the page of the interview behind it. No account, nothing to install.

The link is exchanged for a cookie and a clean address, so that the token stays out of the browser's history, of
screenshots and of what is sent to others. Looking changes nothing; accepting is a POST.
"""

from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.response import ServerSentEvent

from qwalo.identity.authentication import Gate
from qwalo.invitees import joining
from qwalo.invitees.errors import LinkNotValid
from qwalo.invitees.links import LIFETIME
from qwalo.invitees.models import Welcome
from qwalo.invitees.schemas import Acceptance
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import problems
from qwalo.platform.http.injection import FromPath
from qwalo.platform.http.marks import PAGE, PUBLIC
from qwalo.platform.http.problems import Unavailable
from qwalo.platform.realtime.changes import Changes
from qwalo.web.live import live_events
from qwalo.web.redirects import see_other
from qwalo.web.rendering import Templates

AnyRequest = Request[Any, Any, Any]


class InviteCookies:
    """The cookie of one invitee: signed, of no use for another one, worthless with the link's next version."""

    def __init__(self, secret_key: str, *, secure: bool) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt="qwalo invitee")
        self._secure = secure

    def make(self, welcome: Welcome) -> Cookie:
        return Cookie(
            key=self._name(welcome.invitee_id),
            value=str(self._serializer.dumps([welcome.invitee_id, welcome.link_version])),
            max_age=int(LIFETIME.total_seconds()),
            path="/",
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def link_version(self, request: AnyRequest, invitee_id: str) -> int:
        """The version of the link that was opened in this browser. Raises LinkNotValid."""
        try:
            owner, version = self._serializer.loads(request.cookies.get(self._name(invitee_id), ""))
        except (BadSignature, ValueError, TypeError) as error:
            raise LinkNotValid from error
        if owner != invitee_id or not isinstance(version, int):
            raise LinkNotValid
        return version

    def _name(self, invitee_id: str) -> str:
        return f"{'__Host-' if self._secure else ''}qwalo_invitee_{invitee_id}"


class LinkPages(Controller):
    """What the link itself leads to. The token in the address is the credential."""

    path = "/i/{token:str}"
    opt = {PAGE: True, PUBLIC: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    invite_cookies: InviteCookies

    @get()
    async def open_link(self, token: FromPath[str]) -> Response[str]:
        async with self.db.connection() as conn:
            welcome = await joining.open_link(conn, token)
        return _to_join_page(welcome, self.invite_cookies)


class AcceptanceController(Controller):
    """Accepting by the link, for programs as well as for a form without cookies."""

    path = "/i/{token:str}/acceptance"
    opt = {PUBLIC: True}  # noqa: RUF012 - Litestar's attribute
    tags = ("Invitees",)

    db: Database

    @post(
        summary="Accept the invitation behind a personal link",
        description="Again is the same as once; a completed interview stays completed.",
        status_code=200,
        responses=problems(LinkNotValid, Unavailable),
    )
    async def accept(self, token: FromPath[str]) -> Acceptance:
        async with self.db.transaction() as conn:
            welcome = await joining.accept(conn, await joining.open_link(conn, token))
        return Acceptance(status=welcome.status)


class JoinPages(Controller):
    """The interview, for whoever opened the link in this browser. The cookie is the credential."""

    path = "/join/{invitee_id:str}"
    opt = {PAGE: True, PUBLIC: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    templates: Templates
    invite_cookies: InviteCookies
    changes: Changes
    gate: Gate

    @get()
    async def show(self, request: AnyRequest, invitee_id: FromPath[str]) -> Response[str]:
        version = self.invite_cookies.link_version(request, invitee_id)
        async with self.db.connection() as conn:
            welcome = await joining.open_seat(conn, invitee_id, version)
        return self.templates.render("invitees/join.html", welcome=welcome)

    @get("/live")
    async def live(self, request: AnyRequest, invitee_id: FromPath[str]) -> ServerSentEvent:
        version = self.invite_cookies.link_version(request, invitee_id)
        async with self.db.connection() as conn:
            await joining.open_seat(conn, invitee_id, version)
        return live_events(self.changes, invitee_id)

    @get("/acceptance")
    async def back_to_join(self, invitee_id: FromPath[str]) -> Response[str]:
        """Where a reload leads after the form below failed."""
        return see_other(f"/join/{invitee_id}")

    @post("/acceptance")
    async def accept(self, request: AnyRequest, invitee_id: FromPath[str]) -> Response[str]:
        self.gate.refuse_foreign(request)
        version = self.invite_cookies.link_version(request, invitee_id)
        async with self.db.transaction() as conn:
            welcome = await joining.accept(conn, await joining.open_seat(conn, invitee_id, version))
        return _to_join_page(welcome, self.invite_cookies)


def _to_join_page(welcome: Welcome, cookies: InviteCookies) -> Response[str]:
    response = see_other(f"/join/{welcome.invitee_id}", cookies.make(welcome))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
