"""The invitee's pages: the device check and the call, and what is said when there is none.

The cookie is the credential. The room's page accepts by its socket when Join is pressed. The form below is for a
browser without scripts, which can accept, and hold no call.
"""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.response import ServerSentEvent

from qwalo.calls import access, service
from qwalo.calls.refusals import RoomGone
from qwalo.calls.room_page import invitee_room
from qwalo.identity.authentication import Gate
from qwalo.invitees import joining
from qwalo.invitees.link_cookies import InviteCookies
from qwalo.invitees.models import Welcome
from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.http.injection import FromPath
from qwalo.platform.http.marks import LIMIT, PAGE, PUBLIC
from qwalo.platform.http.rate_limits import ROOM
from qwalo.platform.realtime.changes import Changes
from qwalo.web.live import live_events
from qwalo.web.redirects import see_other
from qwalo.web.rendering import Templates

AnyRequest = Request[Any, Any, Any]


class JoinPages(Controller):
    path = "/join/{invitee_id:str}"
    opt = {PAGE: True, PUBLIC: True, LIMIT: (ROOM,)}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    templates: Templates
    invite_cookies: InviteCookies
    changes: Changes
    gate: Gate

    @get()
    async def show(self, request: AnyRequest, invitee_id: FromPath[str]) -> Response[str]:
        async with self.db.connection() as conn:
            welcome = await self._welcome(conn, request, invitee_id)
            declined = await _is_declined(conn, invitee_id)
        if welcome.status == "completed":
            return self.templates.render("calls/thanks.html", welcome=welcome)
        if declined:
            return self.templates.render("calls/declined.html", welcome=welcome)
        return self.templates.render("calls/room.html", room=invitee_room(welcome))

    @get("/live")
    async def live(self, request: AnyRequest, invitee_id: FromPath[str]) -> ServerSentEvent:
        async with self.db.connection() as conn:
            await self._welcome(conn, request, invitee_id)
        return live_events(self.changes, invitee_id)

    @get("/acceptance")
    async def back_to_join(self, invitee_id: FromPath[str]) -> Response[str]:
        """Where a reload leads after the form below failed."""
        return see_other(f"/join/{invitee_id}")

    @post("/acceptance")
    async def accept(self, request: AnyRequest, invitee_id: FromPath[str]) -> Response[str]:
        self.gate.refuse_foreign(request)
        name = (await request.form()).get("name")
        async with self.db.transaction() as conn:
            welcome = await self._welcome(conn, request, invitee_id)
            welcome = await joining.accept(conn, welcome, access.readable_name(name if isinstance(name, str) else ""))
        return see_other(f"/join/{invitee_id}", self.invite_cookies.make(welcome))

    async def _welcome(self, conn: Connection, request: AnyRequest, invitee_id: str) -> Welcome:
        """Raises LinkNotValid."""
        return await joining.open_seat(conn, invitee_id, self.invite_cookies.link_version(request, invitee_id))


async def _is_declined(conn: Connection, invitee_id: str) -> bool:
    try:
        return (await service.find_room(conn, invitee_id)).declined
    except RoomGone:
        return False  # Nobody was in it yet.
