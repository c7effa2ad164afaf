"""Who waits for the host, on every page of the dashboard: what the bar shows, and a socket that says when it changes.

A socket, and not Server-Sent Events: an open stream of those takes one of the six connections that a browser has for a
host, and most pages hold one already. With a few tabs open, none would be left for the pages themselves.
"""

import asyncio

from litestar import Controller, Response, get, websocket
from litestar.exceptions import WebSocketException

from qwalo.calls import waiting
from qwalo.calls.messages import Close
from qwalo.calls.receiving import AnySocket, close
from qwalo.calls.refusals import Refused, Restarting
from qwalo.identity.authentication import HostRequest
from qwalo.platform.db.pool import Database
from qwalo.platform.http.marks import PAGE
from qwalo.platform.realtime.changes import Changes, Subscription
from qwalo.web.rendering import Templates

# The browser answers whatever it is sent, so one that is silent for so long is gone.
PING_SECONDS = 20.0
SILENT_SECONDS = 50.0
# A burst of changes makes one fetch.
PAUSE_SECONDS = 0.25
LONGEST_ANSWER = 100


class WaitingPages(Controller):
    path = "/dashboard/waiting"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    changes: Changes
    templates: Templates

    @get()
    async def show(self, request: HostRequest) -> Response[str]:
        """The content of the bar; empty when nobody waits."""
        async with self.db.connection() as conn:
            found = await waiting.find_waiting(conn, request.user.id)
        return self.templates.render("calls/_waiting.html", waiting=found)

    @websocket("/socket")
    async def tell(self, socket: AnySocket) -> None:
        """Say `changed`, at first and whenever it may be so. It carries no data, and holds no database connection."""
        await socket.accept()
        # The name under which the database tells of all of a host's rooms.
        with self.changes.subscribe(f"calls:{socket.user.id}") as subscription:
            refused = await _converse(socket, subscription)
        if refused is not None:
            await close(socket, refused)


async def _converse(socket: AnySocket, subscription: Subscription) -> Refused | None:
    """Why the socket has to be closed; None when the browser has closed it.

    The server (Granian 2.8) closes a socket only while nobody waits for a message from it, so that has ended then.
    """
    tasks = [asyncio.create_task(_tell_changes(socket, subscription)), asyncio.create_task(_hear(socket))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _tell_changes(socket: AnySocket, subscription: Subscription) -> Refused | None:
    message = "changed"
    try:
        while not subscription.ended:
            await socket.send_text(message)
            await asyncio.sleep(PAUSE_SECONDS)
            try:
                await asyncio.wait_for(subscription.changed(), PING_SECONDS)
                message = "changed"
            except TimeoutError:
                message = "ping"
    except (RuntimeError, WebSocketException):
        return None
    return Restarting()


async def _hear(socket: AnySocket) -> Refused | None:
    while True:
        try:
            event = await asyncio.wait_for(socket.receive(), SILENT_SECONDS)
        except TimeoutError:
            return Refused(Close.SILENT, "Nothing was heard from this page: connect again.")
        if event["type"] == "websocket.disconnect":
            return None
        if len(str(event.get("text"))) > LONGEST_ANSWER:
            return Refused(Close.TOO_LARGE, "Nothing but answers to pings is expected here.")
