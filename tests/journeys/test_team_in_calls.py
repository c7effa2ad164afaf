"""Members of a workspace in its calls: who may hold, who may watch, and out within a moment when they are removed."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed

from qwalo.platform.db.pool import SESSION_OPTIONS
from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.people import People, Person
from tests.room_client import Room, RoomClient, other_in, talk
from tests.server import RunningServer


class Team:
    """The workspace of a room, and who joins and leaves it."""

    def __init__(self, server: RunningServer, url: str, conn: psycopg.Connection, interview: dict[str, Any]) -> None:
        self._server, self._url = server, url
        self._people = People(conn, server.settings)
        self._workspace = {"id": interview["workspaceId"]}

    def join(self, name: str, role: str) -> Person:
        person = add_person(self._server, self._url, name)
        self._people.join(self._workspace, person, role)
        return person

    def set_role(self, person: Person, role: str) -> None:
        self._people.set_role(self._workspace, person, role)

    def remove(self, person: Person) -> None:
        self._people.remove(self._workspace, person)


async def refusal(client: RoomClient) -> int:
    """The code with which somebody who tries to join is sent away, perhaps before they have said a word."""
    with suppress(ConnectionClosed):
        await client.send("join", load=client.load)
    return (await client.closed())[0]


@pytest.fixture
def room(shared_server: RunningServer, hanna: Person, hanna_api: HostApi) -> Room:
    interview = hanna_api.create_interview()
    return Room(shared_server, hanna, interview, hanna_api.invite(interview))


@pytest.fixture
def team(shared_server: RunningServer, shared_database_url: str, room: Room) -> Iterator[Team]:
    with psycopg.connect(shared_database_url, autocommit=True, options=SESSION_OPTIONS) as conn:
        yield Team(shared_server, shared_database_url, conn, room.interview)


async def test_a_member_lets_the_invitee_in_and_talks(room: Room, team: Team) -> None:
    async with room.host(team.join("Mia", "member")) as host, room.guest() as guest:
        await talk(host, guest)


async def test_a_second_host_sees_the_first_and_the_invitee(room: Room, team: Team) -> None:
    async with room.host() as host, room.guest() as guest, room.host(team.join("Mia", "member")) as second:
        await talk(host, guest)
        state = await second.join()
        assert sorted(other["role"] for other in state["others"]) == ["host", "invitee"]
        seen = await guest.state(lambda state: len(state["others"]) == 2)
        assert sorted(other["name"] for other in seen["others"]) == ["Hanna", "Mia"]


async def test_an_observer_of_the_workspace_watches_without_a_link(room: Room, team: Team) -> None:
    async with room.host() as host, room.guest() as guest, room.observer(team.join("Olga", "observer")) as watching:
        await talk(host, guest)
        state = await watching.join()
        assert {other["role"] for other in state["others"]} == {"host", "invitee"}
        assert "waiting" not in state
        assert other_in(await guest.state(lambda state: len(state["others"]) == 2), "observer")["name"] == "Olga"


async def test_an_observer_of_the_workspace_is_no_host(room: Room, team: Team) -> None:
    async with room.host(team.join("Olga", "observer")) as tries:
        assert await refusal(tries) == 4401


async def test_an_observer_who_was_sent_out_stays_out(room: Room, team: Team) -> None:
    olga = team.join("Olga", "observer")
    async with room.host() as host, room.observer(olga) as watching:
        await host.join()
        await watching.join()
        state = await host.state(lambda state: bool(state["others"]))
        await host.send("remove", seat=other_in(state, "observer")["seat"])
        assert (await watching.closed())[0] == 4403
        async with room.observer(olga) as again:
            assert await refusal(again) == 4401


@pytest.mark.parametrize("role", ["admin", "member"])
async def test_a_removed_member_is_out_of_the_call(room: Room, team: Team, role: str) -> None:
    """The others go on; the removed one does not come back."""
    mia = team.join("Mia", role)
    async with room.host() as host, room.guest() as guest, room.host(mia) as removed:
        await talk(host, guest)
        await removed.join()
        await guest.state(lambda state: len(state["others"]) == 2)
        team.remove(mia)
        assert (await removed.closed())[0] == 4401
        await guest.state(
            lambda state: [one["presence"] for one in state["others"] if one["name"] == "Mia"] != ["here"]
        )
        async with room.host(mia) as again:
            assert await refusal(again) == 4401


async def test_who_is_removed_between_opening_and_joining_changes_nothing(
    room: Room, team: Team, hanna_api: HostApi
) -> None:
    """The socket was opened with a right that has ended meanwhile."""
    mia = team.join("Mia", "member")
    async with room.host() as host, room.guest() as guest, room.host(mia) as late:
        await talk(host, guest)
        team.remove(mia)
        assert await refusal(late) == 4401
        await guest.send("write", key="still-here", text="Hello?")
        await host.receive("chat")
    assert hanna_api.invitee(room.interview, room.invitee)["status"] == "accepted"


async def test_a_removed_member_does_not_watch_by_an_old_consent(
    room: Room, team: Team, shared_database_url: str
) -> None:
    """Given before they were a member."""
    mia = team.join("Mia", "member")
    async with room.host() as host:
        await host.join()
        with psycopg.connect(shared_database_url, autocommit=True) as conn:
            conn.execute(
                """
                INSERT INTO "CallObserver" ("roomId", "userId")
                SELECT "id", %s FROM "CallRoom" WHERE "inviteeId" = %s
                """,
                (mia.id, room.invitee["id"]),
            )
        team.remove(mia)
        async with room.observer(mia) as watching:
            assert await refusal(watching) == 4401


async def test_the_observer_link_of_a_removed_member_opens_nothing(
    room: Room, team: Team, shared_server: RunningServer, shared_database_url: str
) -> None:
    """For nobody, as it was theirs to give."""
    mia = team.join("Mia", "member")
    olga = add_person(shared_server, shared_database_url, "Olga")
    with HostApi(shared_server, mia) as api, HostApi(shared_server, olga) as guest_api:
        link = re.search(r"/observe/[\w.-]+", api.request("GET", room.path).text)
        assert link is not None
        assert guest_api.request("GET", link[0]).status_code == 200
        team.remove(mia)
        assert guest_api.request("GET", link[0]).status_code == 404


async def test_a_removed_observer_is_out_of_the_call(room: Room, team: Team) -> None:
    olga = team.join("Olga", "observer")
    async with room.host() as host, room.observer(olga) as watching:
        await host.join()
        await watching.join()
        team.remove(olga)
        assert (await watching.closed())[0] == 4403


async def test_whose_role_becomes_too_low_hosts_no_more_and_may_watch(room: Room, team: Team) -> None:
    mia = team.join("Mia", "member")
    async with room.host() as host, room.guest() as guest, room.host(mia) as second:
        await talk(host, guest)
        await second.join()
        team.set_role(mia, "observer")
        assert (await second.closed())[0] == 4401
        async with room.observer(mia) as watching:
            assert (await watching.join())["phase"] == "open"


async def test_a_fourth_host_finds_no_place(room: Room, team: Team) -> None:
    first, second, third = (team.join(name, "member") for name in ("Ada", "Bea", "Cleo"))
    async with room.host() as one, room.host(first) as two, room.host(second) as three, room.host(third) as four:
        for host in (one, two, three):
            await host.join()
        assert await refusal(four) == 4423


async def test_the_live_page_of_a_removed_member_ends(room: Room, team: Team, shared_server: RunningServer) -> None:
    """Its browser connects again, and is refused."""
    mia = team.join("Mia", "member")
    with HostApi(shared_server, mia) as api:
        with api.live(room.interview) as changes:
            team.remove(mia)
            assert list(changes) == []
        path = f"/dashboard/workspaces/{room.interview['workspaceId']}/interviews/{room.interview['id']}/live"
        assert api.request("GET", path).status_code == 404
