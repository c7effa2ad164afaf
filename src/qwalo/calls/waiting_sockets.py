"""The sockets by which the pages of dashboards hear that somebody waits, or does not any more."""

import asyncio
from contextlib import suppress

from litestar.exceptions import WebSocketException

from qwalo.calls.messages import Close
from qwalo.calls.receiving import AnySocket
from qwalo.calls.refusals import Refused, Restarting
from qwalo.platform.realtime.changes import Changes, Subscription

# The browser answers whatever it is sent, so one that is silent for so long is gone.
PING_SECONDS = 20.0
SILENT_SECONDS = 50.0
# A burst of changes makes one fetch.
PAUSE_SECONDS = 0.25
CLOSE_SECONDS = 2.0


class WaitingSockets:
    """Holds those of this process. None of them carries data, and none holds a database connection."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._held = 0
        self._empty = asyncio.Event()
        self._empty.set()

    async def hold(self, socket: AnySocket, host_id: str) -> None:
        """Say `changed`, at first and whenever it may be so, until one of the two sides closes the socket."""
        self._held += 1
        self._empty.clear()
        try:
            await socket.accept()
            # The name under which the database tells of all of a host's rooms.
            with self._changes.subscribe(f"calls:{host_id}") as subscription:
                refused = await _converse(socket, subscription)
            if refused is not None:
                with suppress(TimeoutError, RuntimeError, WebSocketException):
                    await asyncio.wait_for(socket.close(refused.code, refused.reason), CLOSE_SECONDS)
        finally:
            self._held -= 1
            if not self._held:
                self._empty.set()

    async def stop(self) -> None:
        """Wait until each browser has been told that this process stops; the last frames would be lost otherwise."""
        self._changes.end_subscriptions()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), CLOSE_SECONDS)


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
