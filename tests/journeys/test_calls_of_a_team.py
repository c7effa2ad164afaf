"""Two members of a workspace hold an interview together."""

import asyncio

import psycopg
import pytest
from playwright.async_api import expect

from qwalo.platform.db.pool import SESSION_OPTIONS
from tests.journeys.calling import CAMERA, Calls, Room
from tests.journeys.conftest import add_person
from tests.people import People
from tests.server import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_colleague_joins_the_call(
    calls: Calls, room: Room, shared_server: RunningServer, shared_database_url: str
) -> None:
    """All three see and hear each other. Removed from the workspace, the colleague is out, and the call goes on."""
    host, invitee = await calls.meet(room, CAMERA)
    mia = add_person(shared_server, shared_database_url, "Mia")
    workspace = {"id": room.interview["workspaceId"]}
    with psycopg.connect(shared_database_url, autocommit=True, options=SESSION_OPTIONS) as conn:
        people = People(conn, shared_server.settings)
        people.join(workspace, mia, "member")
        colleague = await calls.signed_in(mia, room.call_page)
        await colleague.join()
        await asyncio.gather(
            host.receives(CAMERA, others=2),
            invitee.receives(CAMERA, others=2),
            colleague.receives(CAMERA, others=2),
        )
        await expect(invitee.view_of("Mia")).to_be_visible()
        people.remove(workspace, mia)
    await colleague.sees_heading("You are not in this call any more")
    assert await colleague.received() == []
    await expect(invitee.view_of("Mia")).to_be_hidden()
    await asyncio.gather(host.receives_more(CAMERA), invitee.receives_more(CAMERA))
