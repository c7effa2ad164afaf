"""One socket from its opening to its end: who it is, the seat, one message after another, the seat given back."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
import structlog
from litestar.exceptions import WebSocketDisconnect

from qwalo.calls import service
from qwalo.calls.access import confirm, readable_name
from qwalo.calls.acting import act
from qwalo.calls.connection import Connection
from qwalo.calls.ice import ice_servers
from qwalo.calls.messages import Close, FromBrowser, Join, Leave, Pong, Quality, SendSignal, Welcome
from qwalo.calls.models import Entry
from qwalo.calls.pace import Pace
from qwalo.calls.receiving import AnySocket, close, receive
from qwalo.calls.refusals import Malformed, NotAuthorised, Refused
from qwalo.calls.signalling import Signalling
from qwalo.platform.db.pool import Connection as DatabaseConnection
from qwalo.platform.db.pool import Database, DatabaseUnavailable
from qwalo.platform.http.problems import Problem
from qwalo.settings import IceSettings

JOIN_SECONDS = 10.0
log = structlog.get_logger()

# Reads who is calling from the database. Raises a Problem for those who may not enter.
Authorise = Callable[[DatabaseConnection], Awaitable[Entry]]


class Conversations:
    """Holds the conversations of this process with browsers in rooms."""

    def __init__(self, db: Database, signalling: Signalling, ice: IceSettings) -> None:
        self._db = db
        self._signalling = signalling
        self._ice = ice

    async def hold(self, socket: AnySocket, authorise: Authorise) -> None:
        """Speak with this socket until it is closed. It is accepted first: a browser sees no reason otherwise."""
        await socket.accept()
        try:
            await self._converse(socket, authorise)
        except Refused as refused:
            await close(socket, refused)
        except Problem:
            await close(socket, NotAuthorised())
        except DatabaseUnavailable:
            await close(socket, Refused(Close.TRY_AGAIN, "The database cannot be reached now: connect again."))
        except WebSocketDisconnect:
            return
        except Exception:
            log.exception("A socket failed in a way that nobody foresaw.")
            await close(socket, Refused(Close.FAILED, "Something went wrong here: connect again."))

    async def _converse(self, socket: AnySocket, authorise: Authorise) -> None:
        """Raises Refused, Problem, DatabaseUnavailable, WebSocketDisconnect."""
        async with self._db.connection() as conn:
            entry = await authorise(conn)
        join = await _first_message(socket)
        if entry.role == "invitee" and join.name:
            entry = msgspec.structs.replace(entry, name=readable_name(join.name))
        connection = Connection(socket, join.load)
        # Known before its seat is taken: a seat of a connection that this process does not know is emptied.
        with self._signalling.knows(connection):
            async with self._db.transaction() as conn:
                await confirm(conn, entry)
                seat_id, entry = await service.enter(
                    conn, entry, join.load, connection.id, self._signalling.server, again=join.again
                )
            connection.sit_down(seat_id, entry)
            try:
                await self._attend(entry, connection)
            finally:
                await self._leave(entry, connection)

    async def _attend(self, entry: Entry, connection: Connection) -> None:
        """From the seat that was taken to the end of the socket. Raises DatabaseUnavailable, WebSocketDisconnect."""
        servers = ice_servers(self._ice, connection.seat_id)
        connection.send(Welcome(connection.seat_id, entry.role, entry.name, servers, self._ice.relay_only))
        self._signalling.add(entry.invitee_id, connection)
        try:
            await self._listen(entry, connection)
        except Refused as refused:
            connection.close(refused)
        except Problem:
            connection.close(NotAuthorised())
        finally:
            self._signalling.remove(entry.invitee_id, connection)
            await connection.finish()

    async def _listen(self, entry: Entry, connection: Connection) -> None:
        """Do what each message asks for, one after another, until the person leaves or is sent away.

        Raises Refused, DatabaseUnavailable, WebSocketDisconnect.
        """
        pace = Pace()
        while (message := await connection.receive()) is not None:
            pace.keep(message)
            match message:
                case Pong():
                    pass
                case SendSignal():
                    await self._signalling.relay(entry.invitee_id, connection, message)
                case Leave():
                    connection.left = True
                    return
                case Join():
                    raise Malformed("There is one join, at the beginning.")
                case Quality():
                    # Of little worth, and sent every ten seconds by everybody: no reason to lose the socket.
                    with suppress(DatabaseUnavailable):
                        await self._act(entry, connection, message)
                case _:
                    await self._act(entry, connection, message)

    async def _act(self, entry: Entry, connection: Connection, message: FromBrowser) -> None:
        async with self._db.transaction() as conn:
            await act(conn, entry, connection.seat_id, message)

    async def _leave(self, entry: Entry, connection: Connection) -> None:
        if self._signalling.stopping:
            # All of this process's seats are emptied at once.
            return
        try:
            async with self._db.transaction() as conn:
                await service.leave(
                    conn, entry.invitee_id, connection.seat_id, connection.id, on_purpose=connection.left
                )
        except DatabaseUnavailable:
            # The next beat of this process finds a seat whose connection it does not know, and empties it.
            log.warning("The database is away: somebody's leaving could not be noted.", invitee=entry.invitee_id)


async def _first_message(socket: AnySocket) -> Join:
    try:
        message = await asyncio.wait_for(receive(socket), JOIN_SECONDS)
    except TimeoutError as error:
        raise Malformed("Nothing came: the first message is a join.") from error
    if not isinstance(message, Join):
        raise Malformed("The first message is a join.")
    return message
