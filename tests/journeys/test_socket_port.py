"""Sockets at a port of their own: the same rooms, whichever way somebody comes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.conftest import add_person, fresh_database
from tests.journeys.hosting import HostApi
from tests.room_client import Room, RoomClient
from tests.server import RunningServer
from tests.smtp import free_port

PORT = free_port()


@pytest.fixture
def room(cluster: str, tmp_path: Path) -> Iterator[Room]:
    with fresh_database(cluster) as url:
        values = {"DATABASE_URL": url, "QWALO_SOCKET_PORT": str(PORT)}
        with RunningServer(tmp_path, values, options=("--no-worker",)) as server:
            hanna = add_person(server, url, "Hanna")
            with HostApi(server, hanna) as api:
                interview = api.create_interview()
                yield Room(server, hanna, interview, api.invite(interview))


def at_port(client: RoomClient, room: Room) -> RoomClient:
    return client.at(client.address.replace(str(room.server.port), str(PORT)))


async def test_host_and_invitee_meet_at_two_ports(room: Room) -> None:
    async with room.host() as host, at_port(room.guest(), room) as guest:
        await host.join()
        await guest.join()
        await host.state(lambda state: "waiting" in state)
        await host.send("admit")
        state = await guest.state(lambda state: "call" in state)
        await guest.signal(state["others"][0], candidate="through the port")
        assert (await host.receive("signal"))["signal"]["candidate"] == "through the port"
        await host.send("end")
        assert (await guest.closed())[0] == 4410


async def test_nobody_enters_by_it_without_a_credential(room: Room) -> None:
    stranger = RoomClient(room.host().address.replace(str(room.server.port), str(PORT)), {})
    async with stranger as client:
        assert (await client.closed())[0] == 4401


async def test_what_is_too_large_is_refused_while_it_is_read(room: Room) -> None:
    async with at_port(room.guest(), room) as guest:
        await guest.socket.send("x" * 65_537)
        assert (await guest.closed())[0] == 1009


async def test_a_server_that_stops_says_so(room: Room) -> None:
    async with at_port(room.guest(), room) as guest:
        await guest.join()
        _, told = await asyncio.gather(asyncio.to_thread(room.server.stop), guest.closed())
        assert told[0] == 1012
    room.server.start()
