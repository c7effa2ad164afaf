"""Who waits for the host, on every page of the dashboard: what the bar shows, and a socket that says when it changes.

A socket, and not Server-Sent Events: an open stream of those takes one of the six connections that a browser has for a
host, and most pages hold one already. With a few tabs open, none would be left for the pages themselves.
"""

from litestar import Controller, Response, get, websocket

from qwalo.calls import waiting
from qwalo.calls.receiving import AnySocket
from qwalo.calls.waiting_sockets import WaitingSockets
from qwalo.identity.authentication import HostRequest
from qwalo.platform.db.pool import Database
from qwalo.platform.http.marks import PAGE
from qwalo.web.rendering import Templates


class WaitingPages(Controller):
    path = "/dashboard/waiting"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    templates: Templates
    waiting_sockets: WaitingSockets

    @get()
    async def show(self, request: HostRequest) -> Response[str]:
        """The content of the bar; empty when nobody waits."""
        async with self.db.connection() as conn:
            found = await waiting.find_waiting(conn, request.user.id)
        return self.templates.render("calls/_waiting.html", waiting=found)

    @websocket("/socket")
    async def tell(self, socket: AnySocket) -> None:
        await self.waiting_sockets.hold(socket, socket.user.id)
