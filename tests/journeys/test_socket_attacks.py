"""What somebody can try on the socket of a room: each attempt ends with a code and a reason, and disturbs nobody."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.people import Person
from tests.room_client import Room, RoomClient, other_in, talk
from tests.server import RunningServer

CANDIDATE = {"kind": "candidate", "candidate": "a"}


@pytest.fixture
def api(shared_server: RunningServer, hanna: Person) -> Iterator[HostApi]:
    with HostApi(shared_server, hanna) as host_api:
        yield host_api


@pytest.fixture
def room(shared_server: RunningServer, hanna: Person, api: HostApi) -> Room:
    interview = api.create_interview()
    return Room(shared_server, hanna, interview, api.invite(interview))


@pytest.fixture
def stranger(shared_server: RunningServer, shared_database_url: str) -> Person:
    return add_person(shared_server, shared_database_url, "Stranger")


class TestWithoutCredential:
    async def test_nobody_enters_as_host(self, room: Room) -> None:
        async with RoomClient(room.host().address, {}) as client:
            assert await client.closed() == (4401, "Not signed in")

    async def test_a_forged_token_is_refused(self, room: Room) -> None:
        async with RoomClient(room.host().address, {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}) as client:
            assert (await client.closed())[0] == 4401

    async def test_a_stranger_with_an_account_is_told_nothing_about_the_room(
        self, room: Room, stranger: Person
    ) -> None:
        async with room.host(stranger) as client:
            existing = await client.closed()
        room.path = room.path.replace(room.invitee["id"], "c" + "0" * 24)
        async with room.host(stranger) as client:
            assert await client.closed() == existing
        assert existing == (4401, "You have no access to this room, or not any more.")

    async def test_without_the_cookie_of_the_link_nobody_enters_as_invitee(self, room: Room) -> None:
        async with RoomClient(room.guest().address, {}) as client:
            assert (await client.closed())[0] == 4401

    async def test_the_cookie_of_another_invitee_opens_no_other_room(self, room: Room, api: HostApi) -> None:
        other = Room(room.server, room._host, room.interview, api.invite(room.interview, "otto@example.com"))
        async with RoomClient(room.guest().address, other.cookie()) as client:
            assert (await client.closed())[0] == 4401

    async def test_the_cookie_of_another_invitee_under_this_ones_name_opens_no_room(
        self, room: Room, api: HostApi
    ) -> None:
        other = Room(room.server, room._host, room.interview, api.invite(room.interview, "otto@example.com"))
        forged = {"Cookie": other.cookie()["Cookie"].replace(other.invitee["id"], room.invitee["id"])}
        async with RoomClient(room.guest().address, forged) as client:
            assert (await client.closed())[0] == 4401

    async def test_a_revoked_link_opens_no_room(self, room: Room, api: HostApi) -> None:
        cookie = room.cookie()
        path = f"/workspaces/{room.interview['workspaceId']}/interviews/{room.interview['id']}"
        api.request("DELETE", f"{path}/invitees/{room.invitee['id']}")
        async with RoomClient(room.guest().address, cookie) as client:
            assert (await client.closed())[0] == 4401

    async def test_a_colleague_without_the_hosts_consent_does_not_watch(self, room: Room, stranger: Person) -> None:
        async with room.observer(stranger) as client:
            assert (await client.closed())[0] == 4401

    async def test_the_page_of_another_site_opens_no_socket_with_our_cookies(self, room: Room) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in room._host.cookies.items())
        address = room.host().address
        async with RoomClient(address, {"Cookie": cookies}, origin="https://evil.example") as client:
            assert (await client.closed())[0] == 4421
        async with RoomClient(room.guest().address, room.cookie(), origin="https://evil.example") as client:
            assert await client.closed() == (4421, f"Open this page at {room.server.url}.")

    async def test_our_own_page_does(self, room: Room) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in room._host.cookies.items())
        async with RoomClient(room.host().address, {"Cookie": cookies}, origin=room.server.url) as client:
            assert (await client.join())["phase"] == "open"

    async def test_another_method_than_a_socket_is_no_way_in(self, room: Room) -> None:
        async with httpx.AsyncClient(base_url=room.server.url, headers=room._host.headers) as client:
            answer = await client.get(f"{room.path}/socket")
        assert answer.status_code in {400, 404, 405, 426}


class TestMessages:
    @pytest.mark.parametrize(
        ("message", "code"),
        [
            ("", 4400),
            ("hello", 4400),
            ("[]", 4400),
            ("null", 4400),
            ("{}", 4400),
            ('{"type":"nonsense"}', 4400),
            ('{"type":"write","key":"abcdefgh"}', 4400),
            ('{"type":"write","key":"abcdefgh","text":5}', 4400),
            ('{"type":"write","key":"abcdefgh","text":"x","role":"host"}', 4400),
            ('{"type":"write","key":"abcdefgh","text":"' + "x" * 4001 + '"}', 4400),
            ('{"type":"write","key":"abcdefgh","text":"a\\u0000b"}', 4400),
            ('{"type":"write","key":"abcdefgh","text":"a\\ud800b"}', 4400),
            ('{"type":"write","key":"ab\'; --","text":"x"}', 4400),
            ('{"type":"quality","roundTripMs":-1}', 4400),
            ('{"type":"quality","lossPercent":1e999}', 4400),
            ('{"type":"quality","lossPercent":NaN}', 4400),
            ('{"type":"quality","width":99999999999999999999}', 4400),
            ("[" * 60_000, 4400),
            ('{"type":"join","load":"abcdefgh1"}', 4400),
            ("x" * 65_537, 1009),
            (b"\x00\x01", 4400),
        ],
    )
    async def test_what_is_no_message_closes_the_socket_and_not_the_others(
        self, room: Room, message: str | bytes, code: int
    ) -> None:
        async with room.host() as host, room.guest() as guest:
            invitee, _ = await talk(host, guest)
            await guest.socket.send(message)
            closed, reason = await guest.closed()
            assert closed == code
            assert reason
            lost = await host.state(lambda state: bool(state["others"]))
            assert other_in(lost, "invitee") == invitee | {"presence": "lost"}
            await host.send("write", key="still-here", text="Are you there?")
            assert (await host.receive("chat"))["messages"][0]["text"] == "Are you there?"

    @pytest.mark.parametrize(
        "message",
        [
            {"type": "pong"},
            {"type": "admit"},
            {"type": "write", "key": "abcdefgh", "text": "x"},
            {"type": "join", "load": "short"},
            {"type": "join", "load": "with spaces in it"},
            {"type": "join", "load": "abcdefgh", "role": "host"},
            {"type": "join", "load": "abcdefgh", "name": "x" * 201},
        ],
    )
    async def test_the_first_message_is_a_join_and_nothing_else(self, room: Room, message: dict[str, Any]) -> None:
        async with room.guest() as guest:
            await guest.socket.send(json.dumps(message))
            assert (await guest.closed())[0] == 4400

    async def test_a_flood_is_cut_off_and_the_other_goes_on(self, room: Room) -> None:
        async with room.host() as host, room.guest() as guest:
            _, seen_host = await talk(host, guest)
            for _ in range(500):
                await guest.signal(seen_host)
            assert (await guest.closed())[0] == 4429
            await host.send("write", key="still-here", text="Still here")
            await host.receive("chat")

    async def test_a_flood_of_texts_is_cut_off_sooner(self, room: Room) -> None:
        async with room.host() as host:
            await host.join()
            for number in range(40):
                await host.send("write", key=f"message-{number}", text="spam")
            assert (await host.closed())[0] == 4429
