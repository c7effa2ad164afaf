"""A call goes on through reloads, lost sockets, and a server that restarts; in one window at a time."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.journeys.calling import CAMERA, HOST, INVITEE, TITLE, Caller, Calls, Room
from tests.journeys.conftest import add_person, fresh_database
from tests.journeys.hosting import HostApi
from tests.journeys.tcp_proxy import TcpProxy
from tests.server import RunningServer
from tests.smtp import free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")
# Sound comes in packets of 20 ms, so this is long; but browsers and tests share two cores that can be very busy.
LONGEST_SILENCE_SECONDS = 3


@pytest.fixture(scope="module")
def proxy() -> Iterator[TcpProxy]:
    with TcpProxy(free_port()) as between:
        yield between


@pytest.fixture(scope="module")
def distant_database_url(cluster: str) -> Iterator[str]:
    with fresh_database(cluster) as url:
        yield url


@pytest.fixture(scope="module")
def distant_server(
    proxy: TcpProxy, distant_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """Browsers reach it through the proxy."""
    values = {"DATABASE_URL": distant_database_url, "QWALO_PUBLIC_URL": f"http://127.0.0.1:{proxy.port}"}
    folder = tmp_path_factory.mktemp("distant")
    with RunningServer(folder, values, options=("--no-worker",), port=proxy.backend_port) as server:
        yield server


@pytest.fixture
def distant_room(distant_server: RunningServer, distant_database_url: str) -> Iterator[Room]:
    person = add_person(distant_server, distant_database_url, HOST)
    with HostApi(distant_server, person) as api:
        yield Room(distant_server, person, api)


@pytest.mark.parametrize("who", ["host", "invitee"])
async def test_a_reload_leads_back_into_the_call(calls: Calls, room: Room, who: str) -> None:
    """Without the check, without another admission, as muted as before, and with the chat as it was."""
    host, invitee = await calls.meet(room, CAMERA)
    await host.write("Can you hear me?")
    await invitee.reads("Can you hear me?")
    one, other = (host, invitee) if who == "host" else (invitee, host)
    await one.press("Mute")
    await one.page.reload()
    await one.receives(CAMERA)
    await one.sees_heading(TITLE)
    await other.sees(CAMERA)
    assert await other.connections() == 2
    await one.reads("Can you hear me?")
    await one.press("Unmute")
    await other.receives_more(CAMERA)
    assert len(room.calls()) == 1


async def test_a_second_window_takes_over(calls: Calls, room: Room) -> None:
    """The first says where the call is, gives its devices back, and can take it over again."""
    host, invitee = await calls.meet(room, CAMERA)
    second = await calls.another_tab(invitee)
    await second.join()
    await asyncio.gather(second.receives(CAMERA), host.receives(CAMERA))
    await invitee.sees_heading("The call goes on in another window")
    assert await invitee.received() == []
    await invitee.press("Use this window")
    await asyncio.gather(invitee.receives(CAMERA), host.receives(CAMERA))
    await second.sees_heading("The call goes on in another window")


async def test_lost_sockets_are_not_noticed(calls: Calls, distant_room: Room, proxy: TcpProxy) -> None:
    """Both pages connect again by themselves, and nothing of the sound is lost meanwhile."""
    calls.expect("WebSocket connection to")
    host, invitee = await calls.meet(distant_room, CAMERA)
    await start_listening(host, invitee)
    proxy.cut()
    proxy.mend()
    await asyncio.gather(host.has_a_socket(2), invitee.has_a_socket(2))
    await host.write("Are you still there?")
    await invitee.reads("Are you still there?")
    await assert_never_interrupted(host, invitee)


async def test_a_server_that_restarts_is_not_noticed(
    calls: Calls, distant_room: Room, distant_server: RunningServer
) -> None:
    """Nobody is asked again, and the call that then ends is one call from its beginning on."""
    room = distant_room
    calls.expect("WebSocket connection to")
    host, invitee = await calls.meet(room, CAMERA)
    [before] = room.calls()
    await start_listening(host, invitee)
    distant_server.restart()
    await asyncio.gather(host.has_a_socket(2), invitee.has_a_socket(2))
    await asyncio.gather(host.receives_more(CAMERA), invitee.receives_more(CAMERA))
    await assert_never_interrupted(host, invitee)
    assert [call["id"] for call in room.calls()] == [before["id"]]
    await host.end()
    await invitee.sees_heading(f"Thank you, {INVITEE}")
    [after] = room.calls()
    assert after["id"] == before["id"]
    assert after["endReason"] == "host_ended"
    assert room.status() == "completed"


async def start_listening(*callers: Caller) -> None:
    for caller in callers:
        await caller.note_silence()


async def assert_never_interrupted(*callers: Caller) -> None:
    """The sound went on, and over the same connections."""
    for caller in callers:
        assert await caller.longest_silence() < LONGEST_SILENCE_SECONDS
        assert await caller.connections() == 1
