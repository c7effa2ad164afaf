"""Somebody watches a call: seen by everybody, sending nothing, and sent out by the host."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.journeys.calling import CAMERA, Calls, Room
from tests.journeys.conftest import add_person
from tests.server import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="session")
OBSERVER = "Olga"


async def test_an_observer_sees_and_hears_both(
    calls: Calls, room: Room, shared_server: RunningServer, shared_database_url: str
) -> None:
    """The invitee is told who watches. When the host removes them, they are out, and the call goes on."""
    host, invitee = await calls.meet(room, CAMERA)
    olga = add_person(shared_server, shared_database_url, OBSERVER)
    observer = await calls.signed_in(olga, await host.observer_link())
    await observer.press("Watch the interview")
    await observer.join("Watch")
    await observer.receives(CAMERA, others=2)
    assert await observer.asked_for() == []
    for caller in (host, invitee):
        await expect(caller.page.get_by_text(f"{OBSERVER} is observing", exact=True)).to_be_visible()
    await expect(invitee.button(f"Remove {OBSERVER}")).to_have_count(0)

    await host.press(f"Remove {OBSERVER}")
    await observer.sees_heading("You do not watch any more")
    assert await observer.received() == []
    await expect(invitee.page.get_by_text(f"{OBSERVER} is observing", exact=True)).to_be_hidden()
    await asyncio.gather(host.receives_more(CAMERA), invitee.receives_more(CAMERA))
