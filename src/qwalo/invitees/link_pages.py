"""The personal link: exchanged for a cookie and a clean address, or used to accept by a program.

The token in the address is the credential. It stays out of the browser's history, of screenshots and of what is sent
to others. Looking changes nothing; accepting is a POST.
"""

from litestar import Controller, Response, get, post

from qwalo.invitees import joining
from qwalo.invitees.errors import LinkNotValid
from qwalo.invitees.link_cookies import InviteCookies
from qwalo.invitees.schemas import Acceptance
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import problems
from qwalo.platform.http.injection import FromPath
from qwalo.platform.http.marks import LIMIT, PAGE, PUBLIC
from qwalo.platform.http.problems import Unavailable
from qwalo.platform.http.rate_limits import LINK, ROOM
from qwalo.web.redirects import see_other


class LinkPages(Controller):
    """What the link itself leads to."""

    path = "/i/{token:str}"
    opt = {PAGE: True, PUBLIC: True, LIMIT: (ROOM, LINK)}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    invite_cookies: InviteCookies

    @get()
    async def open_link(self, token: FromPath[str]) -> Response[str]:
        async with self.db.connection() as conn:
            welcome = await joining.open_link(conn, token)
        response = see_other(f"/join/{welcome.invitee_id}", self.invite_cookies.make(welcome))
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


class AcceptanceController(Controller):
    """Accepting by the link, for programs as well as for a form without cookies."""

    path = "/i/{token:str}/acceptance"
    opt = {PUBLIC: True, LIMIT: (ROOM, LINK)}  # noqa: RUF012 - Litestar's attribute
    tags = ("Invitees",)

    db: Database

    @post(
        summary="Accept the invitation behind a personal link",
        description="Again is the same as once, without an Idempotency-Key; a completed interview stays completed.",
        status_code=200,
        responses=problems(LinkNotValid, Unavailable),
    )
    async def accept(self, token: FromPath[str]) -> Acceptance:
        async with self.db.transaction() as conn:
            welcome = await joining.accept(conn, await joining.open_link(conn, token))
        return Acceptance(status=welcome.status)
