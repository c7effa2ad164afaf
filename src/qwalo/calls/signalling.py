"""The rooms of this process: who is connected here, and how a signal finds its receiver.

The database is the truth about every room, and tells of each change (`platform.realtime.changes`). Whatever happens,
here or in another process, the room is read again and each socket is shown what its person may see. No state lives
here alone, so a process that dies takes nothing with it.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec
import structlog

from qwalo.calls import servers
from qwalo.calls.connection import Connection
from qwalo.calls.live_room import LiveRoom
from qwalo.calls.messages import SendSignal, Signalled
from qwalo.calls.models import SERVER_DEAD_AFTER
from qwalo.calls.refusals import Malformed, Restarting
from qwalo.calls.views import is_inside
from qwalo.platform.db.pool import Database, DatabaseUnavailable
from qwalo.platform.realtime.changes import Changes
from qwalo.platform.realtime.mail_slots import MailSlot

TEND_SECONDS = 0.5
BEAT_SECONDS = 5.0
# What a process that stops gives its browsers to hear of it.
GOODBYE_SECONDS = 3.0

log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


class Signalling:
    """Connects the sockets of this process with each other, and with those of other processes."""

    def __init__(self, db: Database, conninfo: str, changes: Changes) -> None:
        self._db = db
        self._changes = changes
        self._slot = MailSlot(db, conninfo, self._deliver)
        self._rooms: dict[str, LiveRoom] = {}
        self._connections: dict[str, Connection] = {}
        # Of all connections whose seats are this process's: from before a seat is taken until after it is given back.
        self._known: set[str] = set()
        self._none_known = asyncio.Event()
        self._none_known.set()
        self.stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def server(self) -> str:
        """The id of this process."""
        return self._slot.id

    async def start(self) -> None:
        self._slot.start()
        # Where the database is away, nobody can enter either, and a later beat does it.
        with suppress(DatabaseUnavailable):
            await self._beat_once()
        self._tasks = [asyncio.create_task(self._tend()), asyncio.create_task(self._beat())]

    async def stop(self) -> None:
        """Leave nothing behind that another process would have to clean up."""
        self.stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self._connections.values()):
            connection.close(Restarting())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._none_known.wait(), GOODBYE_SECONDS)
        await self._slot.stop()
        try:
            async with self._db.transaction() as conn:
                await servers.unscoped_release(conn, self.server)
        except DatabaseUnavailable:
            log.warning("The database is away: this server's seats are emptied when it is taken for dead.")

    @contextmanager
    def knows(self, connection: Connection) -> Iterator[None]:
        """While its person sits, or is about to sit, in a seat."""
        self._known.add(connection.id)
        self._none_known.clear()
        try:
            yield
        finally:
            self._known.discard(connection.id)
            if not self._known:
                self._none_known.set()

    def add(self, invitee_id: str, connection: Connection) -> None:
        """A socket whose seat is committed."""
        room = self._rooms.get(invitee_id)
        if room is None:
            room = self._rooms[invitee_id] = LiveRoom(self._db, self._changes, invitee_id)
        self._connections[connection.id] = connection
        room.add(connection)

    def remove(self, invitee_id: str, connection: Connection) -> None:
        self._connections.pop(connection.id, None)
        room = self._rooms[invitee_id]
        room.remove(connection)
        if not room.connections:
            del self._rooms[invitee_id]

    async def relay(self, invitee_id: str, connection: Connection, message: SendSignal) -> None:
        """Pass a signal on. What is for a page load that is gone is dropped.

        Raises Malformed where the sender is not in the room.
        """
        # A page that has reconnected goes on from what it knew; this process may have to read the room first.
        await connection.shown.wait()
        if connection.closing is not None:
            return
        room = self._rooms[invitee_id]
        me = room.seats.get(connection.seat_id)
        if room.snapshot is None or me is None or not is_inside(room.snapshot, me):
            raise Malformed("A signal came before the host has let you in.")
        receiver = room.seats.get(message.to)
        if receiver is None or receiver.connection is None or receiver.server is None:
            return
        if receiver.load != message.load or not is_inside(room.snapshot, receiver):
            return
        signalled = _encode(Signalled(connection.seat_id, connection.load, message.generation, message.signal))
        if receiver.connection in self._connections:
            self._connections[receiver.connection].send_encoded(signalled)
        elif receiver.server != self.server:
            # A signal that could not be sent is soon sent again, or worthless.
            with suppress(DatabaseUnavailable):
                await self._slot.send(receiver.server, receiver.connection, signalled.decode())

    def _deliver(self, address: str, text: str) -> None:
        connection = self._connections.get(address)
        if connection is not None:
            connection.send_encoded(text.encode())

    async def _tend(self) -> None:
        while True:
            now = time.monotonic()
            for connection in list(self._connections.values()):
                connection.tend(now)
            await asyncio.sleep(TEND_SECONDS)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            try:
                await self._beat_once()
            except DatabaseUnavailable:
                continue  # The next beat is soon, and those who wait for this one are patient.
            except Exception:
                log.exception("This server's sign of life could not be written; trying again.")

    async def _beat_once(self) -> None:
        async with self._db.transaction() as conn:
            known = await servers.unscoped_beat(conn, self.server)
            await servers.unscoped_release_unknown(conn, self.server, list(self._known))
            await servers.unscoped_release_dead(conn, SERVER_DEAD_AFTER)
        if not known:
            # Others have taken this process for dead and emptied its seats: whoever is here sits down anew.
            for connection in list(self._connections.values()):
                connection.close(Restarting())
