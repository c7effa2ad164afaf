"""What each person in a room may do and learn over the socket, and nobody else."""

import json
from collections.abc import Iterator

import pytest

from tests.journeys.hosting import HostApi
from tests.people import Person
from tests.room_client import Room, other_in, talk
from tests.server import RunningServer


@pytest.fixture
def api(shared_server: RunningServer, hanna: Person) -> Iterator[HostApi]:
    with HostApi(shared_server, hanna) as host_api:
        yield host_api


@pytest.fixture
def room(shared_server: RunningServer, hanna: Person, api: HostApi) -> Room:
    interview = api.create_interview()
    return Room(shared_server, hanna, interview, api.invite(interview))


@pytest.mark.parametrize("action", ["admit", "decline", "end"])
async def test_an_invitee_does_nothing_that_is_the_hosts(room: Room, action: str) -> None:
    async with room.guest() as guest:
        await guest.join()
        await guest.send(action)
        assert await guest.closed() == (4400, "Only the host does that.")
    async with room.guest() as guest:
        assert (await guest.join())["phase"] == "waiting"


async def test_who_waits_learns_nothing_of_the_room(room: Room) -> None:
    async with room.host() as host, room.guest() as guest:
        await host.join()
        await host.send("write", key="secret-00", text="He seems odd")
        state = await guest.join()
        assert {key: value for key, value in state.items() if key != "now"} == {"type": "state", "phase": "waiting"}
        await host.state(lambda state: "waiting" in state)
        await host.send("admit")
        # Everything before this was no chat, no other person, no call.
        assert (await guest.state())["phase"] == "open"


async def test_who_waits_signals_nobody(room: Room) -> None:
    async with room.host() as host, room.guest() as guest:
        await host.join()
        await guest.join()
        await guest.signal({"seat": host.welcome["seat"], "load": host.load})
        assert (await guest.closed())[0] == 4400


async def test_who_waits_writes_nothing(room: Room) -> None:
    async with room.guest() as guest:
        await guest.join()
        await guest.send("write", key="abcdefgh", text="Let me in")
        assert (await guest.closed())[0] == 4400


async def test_a_signal_for_another_room_reaches_nobody(room: Room, api: HostApi) -> None:
    interview = api.create_interview()
    other = Room(room.server, room._host, interview, api.invite(interview))
    async with room.host() as host, room.guest() as guest, other.host() as elsewhere:
        await talk(host, guest)
        await elsewhere.join()
        await guest.signal({"seat": elsewhere.welcome["seat"], "load": elsewhere.load})
        await elsewhere.send("write", key="marker-01", text="after it")
        async for raw in elsewhere.socket:
            message = json.loads(raw)
            assert message["type"] != "signal"
            if message["type"] == "chat":
                break


async def test_a_declined_invitee_is_sent_away_and_stays_out(room: Room) -> None:
    async with room.host() as host, room.guest() as guest:
        await host.join()
        await guest.join()
        await host.state(lambda state: "waiting" in state)
        await host.send("decline")
        assert (await guest.closed())[0] == 4403
        async with room.guest() as again:
            await again.send("join", load=again.load)
            assert await again.closed() == (4403, "The host has not let you in.")


async def test_after_the_call_nobody_comes_back(room: Room) -> None:
    async with room.host() as host, room.guest() as guest:
        await talk(host, guest)
        await host.send("end")
        assert (await guest.closed())[0] == 4410
        assert (await host.closed())[0] == 4410
    for client in (room.guest(), room.host()):
        async with client as late:
            await late.send("join", load=late.load)
            assert (await late.closed())[0] == 4410


async def test_a_link_revoked_during_the_call_puts_the_invitee_out(room: Room, api: HostApi) -> None:
    async with room.host() as host, room.guest() as guest:
        await talk(host, guest)
        await room.press("revocation")
        assert (await guest.closed())[0] == 4401
        assert other_in(await host.state(), "invitee")["presence"] == "lost"
