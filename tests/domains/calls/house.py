"""One room for the tests of what happens in it."""

from typing import Any

import psycopg

from qwalo.calls import service
from qwalo.calls.models import INVITEE, Entry
from qwalo.events.models import SYSTEM
from qwalo.platform.db.pool import Database
from tests.people import Person

SERVER = "server-1"


class House:
    """One room, its people, and what the database says of them."""

    def __init__(self, db: Database, conn: psycopg.Connection, alice: Person, invitee_id: str) -> None:
        self.db = db
        self.conn = conn
        self.invitee_id = invitee_id
        self.host = Entry(invitee_id, "host", alice.id, "Alice", user_id=alice.id)
        self.guest = Entry(invitee_id, "invitee", INVITEE, "Ines", link_version=1)

    async def enter(self, entry: Entry, connection: str = "", server: str = SERVER) -> str:
        """The id of the seat; `connection` is named after the role unless given."""
        async with self.db.transaction() as conn:
            seat, _ = await service.enter(conn, entry, f"load-of-{entry.role}", connection or entry.role, server)
        return seat

    async def leave(self, entry: Entry, seat: str, connection: str = "", *, on_purpose: bool = False) -> None:
        async with self.db.transaction() as conn:
            await service.leave(conn, self.invitee_id, seat, connection or entry.role, on_purpose=on_purpose)

    async def talk(self) -> tuple[str, str]:
        """Host and invitee are in a call."""
        seats = await self.enter(self.host), await self.enter(self.guest)
        await self.admit()
        return seats

    async def admit(self) -> None:
        async with self.db.transaction() as conn:
            await service.admit(conn, SYSTEM, self.invitee_id)

    async def end(self) -> None:
        async with self.db.transaction() as conn:
            await service.end(conn, SYSTEM, self.invitee_id, "host_ended")

    def calls(self) -> list[Any]:
        """(whether it has ended, why) of each."""
        return self.conn.execute('SELECT "endedAt" IS NOT NULL, "endReason"::text FROM "CallRecord"').fetchall()

    def status(self) -> str:
        return str(self.value('SELECT "status"::text FROM "InterviewInvitee"'))

    def value(self, query: str) -> Any:
        row = self.conn.execute(query).fetchone()
        assert row is not None
        return row[0]

    def let_pass(self, minutes: int) -> None:
        """As if what happened so far had happened so long ago."""
        for table, columns in {
            "CallSeat": ("lostAt", "leftAt", "enteredAt"),
            "CallParticipant": ("joinedAt", "leftAt"),
            "CallRecord": ("startedAt",),
            "CallServer": ("seenAt",),
        }.items():
            changes = ", ".join(f""""{column}" = "{column}" - interval '{minutes} minutes'""" for column in columns)
            self.conn.execute(f'UPDATE "{table}" SET {changes}'.encode())
