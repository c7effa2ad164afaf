"""One room as this process knows it: the sockets that are connected here, and the last snapshot."""

import asyncio

import structlog

from qwalo.calls import chat, service
from qwalo.calls.connection import Connection
from qwalo.calls.messages import Chat, State
from qwalo.calls.models import Seat, Snapshot
from qwalo.calls.refusals import CallEnded, Declined, Refused, Restarting, RoomGone
from qwalo.calls.views import is_inside, refusal_for, state_for
from qwalo.events.models import SYSTEM
from qwalo.platform.db.pool import Database, DatabaseUnavailable
from qwalo.platform.realtime.changes import Changes, Subscription

RETRY_SECONDS = 1.0

log = structlog.get_logger()


class LiveRoom:
    """Shows each of its sockets the room whenever it changes, for as long as it has any."""

    def __init__(self, db: Database, changes: Changes, invitee_id: str) -> None:
        self.invitee_id = invitee_id
        self.connections: dict[str, Connection] = {}
        self.seats: dict[str, Seat] = {}
        self.snapshot: Snapshot | None = None
        self._db = db
        self._changes = changes
        self._subscription: Subscription | None = None
        self._watch: asyncio.Task[None] | None = None

    def add(self, connection: Connection) -> None:
        """From now on this socket is shown the room. Its seat must be committed."""
        self.connections[connection.id] = connection
        if self._watch is None:
            self._watch = asyncio.create_task(self._show_changes())
        elif self._subscription is not None and self._subscription.ended:
            connection.close(Restarting())
        elif self._subscription is not None:
            self._subscription.tell()

    def remove(self, connection: Connection) -> None:
        self.connections.pop(connection.id, None)
        if not self.connections and self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def _show_changes(self) -> None:
        with self._changes.subscribe(self.invitee_id) as subscription:
            self._subscription = subscription
            while not subscription.ended:
                try:
                    await self._show_all()
                except DatabaseUnavailable:
                    # The sockets stay: what is said between browsers does not need us, and signals are passed on.
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                except Exception:
                    log.exception("A room could not be shown to the people in it; trying again.")
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                await subscription.changed()
        self._close_all(Restarting())

    async def _show_all(self) -> None:
        # Those that are here before the database is asked are in its answer; the others are shown the next one.
        connections = list(self.connections.values())
        try:
            async with self._db.connection() as conn:
                room = await service.find_room(conn, self.invitee_id)
        except RoomGone as gone:
            self._close_all(gone)
            return
        if room.completed and room.call_id is not None:
            # Marked by the host, or by another program, while they talk. Told first, as nobody is here afterwards.
            async with self._db.transaction() as conn:
                await service.end(conn, SYSTEM, self.invitee_id, "interview_completed")
        self.snapshot = room
        self.seats = {seat.id: seat for seat in room.seats}
        readers = [connection for connection in connections if self._show(room, connection)]
        await self._show_chat(room, readers)

    def _show(self, room: Snapshot, connection: Connection) -> bool:
        """Whether the person in the seat of this socket may read what is written in the room."""
        me = self.seats.get(connection.seat_id)
        refused = refusal_for(room, me, connection.id, connection.link_version)
        if refused is not None or me is None:
            _say_goodbye(connection, room, refused or RoomGone())
            return False
        connection.show(state_for(room, me))
        return is_inside(room, me)

    async def _show_chat(self, room: Snapshot, readers: list[Connection]) -> None:
        if not readers:
            return
        after = min(connection.chat_position for connection in readers)
        async with self._db.connection() as conn:
            messages = await chat.unscoped_list_messages(conn, room.room_id, after)
        for connection in readers:
            new = tuple(written for position, written in messages if position > connection.chat_position)
            if new:
                connection.send(Chat(new))
                connection.chat_position = messages[-1][0]

    def _close_all(self, refused: Refused) -> None:
        for connection in list(self.connections.values()):
            connection.close(refused)


def _say_goodbye(connection: Connection, room: Snapshot, refused: Refused) -> None:
    if isinstance(refused, CallEnded):
        connection.show(State(phase="ended", now=room.now))
    elif isinstance(refused, Declined) and connection.role == "invitee":
        connection.show(State(phase="declined", now=room.now))
    connection.close(refused)
