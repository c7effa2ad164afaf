"""The ways that a call takes: through a relay alone, and through two servers on one database."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.coturn import running_coturn
from tests.journeys.calling import CAMERA, HOST, INVITEE, Calls, Room
from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.server import RunningServer

# A browser is sure after some seconds alone that a way is broken.
PATIENCE_MS = 30_000
pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_through_a_relay_alone(calls: Calls, database_url: str, tmp_path: Path) -> None:
    """With TURN_ONLY every packet of both goes through the TURN server, by credentials that it takes."""
    with running_coturn() as coturn:
        values = {
            "DATABASE_URL": database_url,
            "TURN_URLS": coturn.url,
            "TURN_SECRET": coturn.secret,
            "TURN_ONLY": "true",
        }
        with RunningServer(tmp_path, values, options=("--no-worker",)) as server:
            person = add_person(server, database_url, HOST)
            with HostApi(server, person) as api:
                host, invitee = await calls.meet(Room(server, person, api), CAMERA)
                for caller in (host, invitee):
                    [received] = await caller.received()
                    assert received.relayed
            assert coturn.lent() >= 2


async def test_a_call_whose_way_breaks_finds_another(calls: Calls, database_url: str, tmp_path: Path) -> None:
    """The relay dies, and with it everything that connects the two; once there is one again, they hear each other."""
    with ExitStack() as relay:
        coturn = relay.enter_context(running_coturn())
        values = {
            "DATABASE_URL": database_url,
            "TURN_URLS": coturn.url,
            "TURN_SECRET": coturn.secret,
            "TURN_ONLY": "true",
        }
        with RunningServer(tmp_path, values, options=("--no-worker",)) as server:
            person = add_person(server, database_url, HOST)
            with HostApi(server, person) as api:
                host, invitee = await calls.meet(Room(server, person, api), CAMERA)
                relay.close()
                for caller in (host, invitee):
                    await expect(caller.page.get_by_text("Reconnecting").first).to_be_visible(timeout=PATIENCE_MS)
                with running_coturn(after=coturn):
                    for caller in (host, invitee):
                        await caller.receives(CAMERA)
                        await caller.receives_more(CAMERA)


async def test_a_call_through_two_servers(calls: Calls, database_url: str, tmp_path: Path) -> None:
    """The host is connected to one and the invitee to the other."""
    values = {"DATABASE_URL": database_url, "QWALO_SECRET_KEY": "k" * 32}
    with (
        RunningServer(tmp_path / "one", values, options=("--no-worker",)) as first,
        RunningServer(tmp_path / "two", values, options=("--no-worker",)) as second,
    ):
        person = add_person(first, database_url, HOST)
        with HostApi(first, person) as api:
            room = Room(first, person, api)
            room.invitee["link"] = room.invitee["link"].replace(first.url, second.url)
            host, invitee = await calls.meet(room, CAMERA)
            await invitee.write("I am here.")
            await host.reads("I am here.")
            await invitee.page.reload()
            await asyncio.gather(host.receives(CAMERA), invitee.receives(CAMERA))
            await host.end()
            await invitee.sees_heading(f"Thank you, {INVITEE}")
            assert room.status() == "completed"
