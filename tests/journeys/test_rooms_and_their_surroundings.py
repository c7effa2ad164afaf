"""What happens in a room when something around it changes: the dashboard, the rows, the database."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.journeys.conftest import add_person, fresh_database
from tests.journeys.database_proxy import DatabaseProxy
from tests.journeys.hosting import HostApi
from tests.people import Person, interview_path
from tests.room_client import Room, talk
from tests.server import RunningServer, until


@pytest.fixture
def api(shared_server: RunningServer, hanna: Person) -> Iterator[HostApi]:
    with HostApi(shared_server, hanna) as host_api:
        yield host_api


@pytest.fixture
def room(shared_server: RunningServer, hanna: Person, api: HostApi) -> Room:
    interview = api.create_interview()
    return Room(shared_server, hanna, interview, api.invite(interview))


async def test_marking_completed_ends_the_call_at_once(room: Room, api: HostApi) -> None:
    async with room.host() as host, room.guest() as guest:
        await talk(host, guest)
        await room.press("completion")
        assert (await guest.closed())[0] == 4410
        assert (await host.closed())[0] == 4410
    [call] = api.request("GET", f"{interview_path(room.interview)}/calls").json()
    assert call["endReason"] == "interview_completed"


@pytest.mark.parametrize("what", ["interview", "workspace"])
async def test_deleting_what_the_room_belongs_to_ends_it(room: Room, api: HostApi, what: str) -> None:
    workspace = f"/workspaces/{room.interview['workspaceId']}"
    path = {"workspace": workspace, "interview": interview_path(room.interview)}
    async with room.host() as host, room.guest() as guest:
        await talk(host, guest)
        assert api.request("DELETE", path[what]).status_code == 204
        assert (await guest.closed())[0] == 4404
        assert (await host.closed())[0] == 4404


async def test_a_signal_of_a_page_that_is_refused_at_once_holds_nothing_up(room: Room) -> None:
    async with room.guest() as first, room.guest() as second:
        for client in (first, second):
            await client.send("join", load=client.load)
            await client.signal({"seat": "c" + "0" * 24, "load": "somebody"})
        codes = {(await client.closed())[0] for client in (first, second)}
    # The one has lost the seat, the other is not admitted yet.
    assert codes <= {4409, 4400}
    async with room.guest() as again:
        assert (await again.join())["phase"] == "waiting"


async def test_a_new_link_knocks_again(room: Room, api: HostApi) -> None:
    async with room.host() as host, room.guest() as guest:
        await talk(host, guest)
        await room.press("revocation")
        assert (await guest.closed())[0] == 4401
        api.invite_again(room.interview, room.invitee)
        room.invitee = api.invitee(room.interview, room.invitee)
        async with room.guest() as renewed:
            assert (await renewed.join())["phase"] == "waiting"


async def test_a_call_outlives_the_database_and_who_left_meanwhile_is_gone(
    cluster: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with fresh_database(cluster) as url, DatabaseProxy(url) as proxy:
        folder = tmp_path_factory.mktemp("outage")
        with RunningServer(folder, {"DATABASE_URL": proxy.url}, options=("--no-worker",)) as server:
            hanna = add_person(server, url, "Hanna")
            with HostApi(server, hanna) as api:
                interview = api.create_interview()
                room = Room(server, hanna, interview, api.invite(interview))
            async with room.host() as host, room.guest() as guest:
                await talk(host, guest)
                seat, load = guest.welcome["seat"], guest.load
                proxy.cut()
                await guest.send("quality", roundTripMs=1)
                await host.signal({"seat": seat, "load": load}, candidate="the database is away")
                assert (await guest.receive("signal"))["signal"]["candidate"] == "the database is away"
                await guest.socket.close()
                proxy.mend()
                gone = await host.state(lambda state: all(other["presence"] != "here" for other in state["others"]))
                assert gone["call"]
        with psycopg.connect(url) as conn:

            def empty() -> bool:
                row = conn.execute('SELECT count(*) FROM "CallSeat" WHERE "connectionId" IS NOT NULL').fetchone()
                return row == (0,)

            until(empty, "the seats are empty")
