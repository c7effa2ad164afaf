"""Rooms with several server processes, and with servers that stop, are killed and come back."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.journeys.conftest import add_person, fresh_database
from tests.journeys.hosting import HostApi
from tests.people import Person
from tests.room_client import Room, RoomClient
from tests.server import RunningServer, until

SECRET = {"QWALO_SECRET_KEY": "of-all-the-processes-" + "k" * 32}


@pytest.fixture
def database(cluster: str) -> Iterator[str]:
    with fresh_database(cluster) as url:
        yield url


@pytest.fixture
def one(database: str, tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "one", {"DATABASE_URL": database} | SECRET, options=("--no-worker",)) as server:
        yield server


@pytest.fixture
def other(database: str, tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path / "other", {"DATABASE_URL": database} | SECRET, options=("--no-worker",)) as server:
        yield server


@pytest.fixture
def hanna(one: RunningServer, database: str) -> Person:
    return add_person(one, database, "Hanna")


@pytest.fixture
def room(one: RunningServer, hanna: Person) -> Room:
    with HostApi(one, hanna) as api:
        interview = api.create_interview()
        return Room(one, hanna, interview, api.invite(interview))


def seen(state: dict[str, Any], role: str) -> dict[str, Any]:
    found: dict[str, Any] = next(person for person in state["others"] if person["role"] == role)
    return found


async def admit(host: RoomClient, guest: RoomClient) -> None:
    await host.state(lambda state: "waiting" in state)
    await host.send("admit")
    await guest.state(lambda state: "call" in state)


async def test_host_and_invitee_meet_at_two_servers(room: Room, other: RunningServer) -> None:
    """The waiting room, admission, signals as long as session descriptions are, chat and the end cross over."""
    async with room.host() as host, room.guest(server=other) as guest:
        await host.join()
        assert (await guest.join("Ines"))["phase"] == "waiting"
        await host.state(lambda state: "waiting" in state)
        await host.send("admit")
        invitee = seen(await host.state(lambda state: "call" in state), "invitee")
        hosting = seen(await guest.state(lambda state: "call" in state), "host")
        sdp = "ü" * 9_000
        await host.signal(invitee, kind="description", type="offer", sdp=sdp)
        for number in range(20):
            await host.signal(invitee, candidate=f"candidate {number}")
        offer = await guest.receive("signal")
        assert (offer["sender"], offer["load"]) == (hosting["seat"], host.load)
        assert offer["signal"]["sdp"] == sdp
        arrived = [(await guest.receive("signal"))["signal"]["candidate"] for _ in range(20)]
        assert arrived == [f"candidate {number}" for number in range(20)]
        await guest.signal(hosting, candidate="and back")
        assert (await host.receive("signal"))["signal"]["candidate"] == "and back"
        await guest.send("write", key="message-1", text="Hello")
        assert (await host.receive("chat"))["messages"][0]["text"] == "Hello"
        await host.send("end")
        assert (await guest.closed())[0] == 4410


async def test_a_page_at_another_server_takes_the_seat_over(room: Room, other: RunningServer) -> None:
    async with room.guest() as first, room.guest(server=other) as second:
        await first.join()
        await second.join()
        assert (await first.closed())[0] == 4409


async def test_a_signal_for_a_page_that_is_gone_is_dropped(room: Room) -> None:
    async with room.host() as host, room.guest() as guest:
        await host.join()
        await guest.join()
        await admit(host, guest)
        stale = seen(await host.state(lambda state: "call" in state), "invitee")
        async with room.guest() as reloaded:
            await reloaded.join()
            await host.signal(stale, candidate="for the old page")
            fresh = seen(await host.state(lambda s: seen(s, "invitee")["load"] == reloaded.load), "invitee")
            await host.signal(fresh, candidate="for the new page")
            assert (await reloaded.receive("signal"))["signal"]["candidate"] == "for the new page"


async def test_a_server_that_stops_says_so_and_the_next_one_asks_nobody_again(one: RunningServer, room: Room) -> None:
    async with room.host() as host, room.guest() as guest:
        await host.join()
        await guest.join()
        await admit(host, guest)
        _, told_host, told_guest = await asyncio.gather(asyncio.to_thread(one.stop), host.closed(), guest.closed())
        # Granian may cut what it has not sent by then. A page connects again in either case.
        assert {told_host[0], told_guest[0]} <= {1012, 1006}
    one.start()
    async with room.guest(load=guest.load) as again, room.host(load=host.load) as back:
        assert (await again.join())["phase"] == "open"
        state = await back.join()
        assert "waiting" not in state
        assert seen(state, "invitee")["load"] == guest.load


async def test_a_page_that_comes_back_signals_before_it_has_heard_of_the_room(room: Room) -> None:
    """It knows the others from before; the signal is delivered, and is no reason to be sent away."""
    async with room.host() as host:
        await host.join()
        async with room.guest() as guest:
            await guest.join()
            await admit(host, guest)
        known = {"seat": host.welcome["seat"], "load": host.load}
        async with room.guest(load=guest.load) as back:
            await back.send("join", load=back.load)
            await back.signal(known, candidate="at once")
            assert (await host.receive("signal"))["signal"]["candidate"] == "at once"
            assert (await back.state())["phase"] == "open"


async def test_a_server_that_is_killed_leaves_a_call_that_goes_on(
    one: RunningServer, room: Room, database: str
) -> None:
    async with room.host() as host, room.guest() as guest:
        await host.join()
        await guest.join()
        await admit(host, guest)
        one.kill()
    one.start()
    async with room.host(load=host.load) as back, room.guest(load=guest.load) as again:
        await back.join()
        assert (await again.join())["phase"] == "open"
        await back.send("end")
        assert (await again.closed())[0] == 4410
    with psycopg.connect(database) as conn:
        reasons = conn.execute('SELECT "endReason"::text FROM "CallRecord"').fetchall()
    assert reasons == [("host_ended",)]


async def test_the_call_of_a_killed_server_is_ended_by_a_worker_that_starts(
    one: RunningServer, room: Room, database: str
) -> None:
    async with room.host() as host, room.guest() as guest:
        await host.join()
        await guest.join()
        await admit(host, guest)
        one.kill()
    with psycopg.connect(database, autocommit=True) as conn:
        # What was killed had a process that perhaps had the time to empty its seats.
        conn.execute("""UPDATE "CallServer" SET "seenAt" = "seenAt" - interval '5 minutes'""")
        conn.execute("""UPDATE "CallSeat" SET "lostAt" = "lostAt" - interval '5 minutes'""")
        one.start_worker()

        def ended() -> bool:
            return conn.execute('SELECT FROM "CallRecord" WHERE "endedAt" IS NOT NULL').fetchone() is not None

        until(ended, "the call has ended", 30)
        assert conn.execute('SELECT "status"::text FROM "InterviewInvitee"').fetchone() == ("completed",)
    one.start()
