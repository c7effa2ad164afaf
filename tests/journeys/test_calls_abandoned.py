"""A call that both have left ends by itself."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from tests.journeys.calling import CAMERA, HOST, Calls, Room
from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.server import RunningServer, until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_that_both_have_left_is_completed(
    calls: Calls, database_url: str, conn: psycopg.Connection, tmp_path: Path
) -> None:
    """Some minutes later the worker ends it at the moment when the last of them left."""
    with RunningServer(tmp_path, {"DATABASE_URL": database_url}, options=("--no-worker",)) as server:
        person = add_person(server, database_url, HOST)
        with HostApi(server, person) as api:
            room = Room(server, person, api)
            host, invitee = await calls.meet(room, CAMERA)
            await host.press("Leave")
            await host.sees_heading(room.interview["title"])
            await invitee.press("Leave")
            await invitee.sees_heading("You left the call")
            await asyncio.to_thread(until, lambda: all_have_left(room), "both have left")
            assert "endedAt" not in room.calls()[0]
            move_back(conn)
            server.start_worker()
            await asyncio.to_thread(until, lambda: room.status() == "completed", "the interview is completed", 30)
            [call] = room.calls()
            assert call["endReason"] == "all_left"
            assert call["endedAt"] == max(one["leftAt"] for one in call["participants"])


def all_have_left(room: Room) -> bool:
    [call] = room.calls()
    return all("leftAt" in one for one in call["participants"])


def move_back(conn: psycopg.Connection) -> None:
    """Everything of the call is five minutes ago."""
    for table, columns in (
        ("CallSeat", ("enteredAt", "lostAt", "leftAt")),
        ("CallParticipant", ("joinedAt", "leftAt")),
        ("CallRecord", ("startedAt",)),
    ):
        changes = ", ".join(f'"{column}" = "{column}" - interval \'5 minutes\'' for column in columns)
        conn.execute(f'UPDATE "{table}" SET {changes}')
