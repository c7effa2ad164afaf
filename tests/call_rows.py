"""Rows of rooms and calls, as the server that holds a call leaves them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from qwalo.platform.ids import cuid

START = datetime(2026, 3, 3, 14, 0, 12, 480_000, tzinfo=UTC)


class CallRows:
    """Inserts them. Times are given in seconds after START."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn

    def room(self, invitee: dict[str, Any]) -> str:
        """The room of an invitee, which is made the first time."""
        row = {"id": cuid(), "inviteeId": invitee["id"], "updatedAt": _at(0)}
        self._conn.execute(
            'INSERT INTO "CallRoom" ("id", "inviteeId", "updatedAt") VALUES (%(id)s, %(inviteeId)s, %(updatedAt)s)'
            ' ON CONFLICT ("inviteeId") DO NOTHING',
            row,
        )
        found = self._conn.execute('SELECT "id" FROM "CallRoom" WHERE "inviteeId" = %s', (invitee["id"],)).fetchone()
        assert found is not None
        return str(found[0])

    def answer(self, invitee: dict[str, Any], column: str) -> None:
        """The host has `admittedAt` or `declinedAt` them."""
        self._conn.execute(f'UPDATE "CallRoom" SET "{column}" = utc_now() WHERE "id" = %s', (self.room(invitee),))

    def seat(
        self, invitee: dict[str, Any], *, holder: str = "invitee", role: str = "invitee", here: bool = True
    ) -> str:
        """Somebody in the invitee's room; without `here`, somebody who is gone."""
        return self._insert(
            "CallSeat",
            roomId=self.room(invitee),
            holder=holder,
            role=role,
            name="Somebody",
            loadId="a-page-load",
            connectionId="a-connection" if here else None,
            enteredAt=_at(0),
        )

    def call(self, invitee: dict[str, Any], start: float = 0, length: float | None = 1887.632) -> str:
        """One that the host has ended after `length` seconds, or that goes on."""
        ended = None if length is None else _at(start + length)
        return self._insert(
            "CallRecord",
            interviewId=invitee["interviewId"],
            inviteeId=invitee["id"],
            roomId=self.room(invitee),
            provider="builtin",
            startedAt=_at(start),
            endedAt=ended,
            endReason=None if ended is None else "host_ended",
        )

    def participant(
        self, call_id: str, role: str, name: str, joined: float = 0, left: float | None = None, **values: Any
    ) -> str:
        return self._insert(
            "CallParticipant",
            callId=call_id,
            seatId=cuid(),
            role=role,
            name=name,
            joinedAt=_at(joined),
            leftAt=None if left is None else _at(left),
            **values,
        )

    def message(self, invitee: dict[str, Any], at: float, text: str, name: str = "Inês", role: str = "invitee") -> str:
        return self._insert(
            "CallMessage",
            roomId=self.room(invitee),
            seatId=cuid(),
            key=cuid(),
            role=role,
            name=name,
            text=text,
            createdAt=_at(at),
        )

    def quality(self, participant_id: str, at: float, **values: float | None) -> str:
        return self._insert("CallQuality", participantId=participant_id, at=_at(at), **values)

    def _insert(self, table: str, **values: Any) -> str:
        row = {"id": cuid(), **values}
        names = ", ".join(f'"{name}"' for name in row)
        places = ", ".join(["%s"] * len(row))
        self._conn.execute(f'INSERT INTO "{table}" ({names}) VALUES ({places})', list(row.values()))
        return str(row["id"])


def _at(seconds: float) -> datetime:
    """The columns have no zone, and hold UTC."""
    return (START + timedelta(seconds=seconds)).replace(tzinfo=None)
