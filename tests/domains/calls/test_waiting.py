"""Whom the bar of the dashboard shows: those who wait for this host at this moment, and nobody else."""

import re
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import AsyncTestClient

from qwalo.calls import service, waiting, waiting_pages
from qwalo.calls.models import INVITEE, Entry
from qwalo.events.models import SYSTEM
from qwalo.platform.db.pool import Database
from qwalo.platform.realtime.changes import Changes
from tests.people import Api, Person, invitee_path

SERVER = "server-1"


class Doors:
    """Invitees who come to the rooms of Alice's interview, and go."""

    def __init__(self, db: Database, conn: psycopg.Connection, api: Api, interview: dict[str, Any]) -> None:
        self.db = db
        self.conn = conn
        self.api = api
        self.interview = interview

    async def come(self, name: str | None = "Inês Duarte", email: str = "ines@example.com") -> dict[str, Any]:
        """Somebody who is invited, and waits."""
        invitee = await self.api.invite(self.interview, email, name)
        await self.enter(Entry(invitee["id"], "invitee", INVITEE, name or "", link_version=1))
        return invitee

    async def enter(self, entry: Entry) -> str:
        """The seat of whoever enters."""
        async with self.db.transaction() as conn:
            seat, _ = await service.enter(conn, entry, f"load-of-{entry.role}", f"socket-of-{entry.role}", SERVER)
        return seat

    async def names(self, host: Person) -> list[str]:
        async with self.db.connection() as conn:
            return [person.name for person in (await waiting.find_waiting(conn, host.id)).people]


@pytest.fixture
async def doors(
    client: AsyncTestClient[Litestar], database: Database, conn: psycopg.Connection, alice: Person
) -> Doors:
    api = Api(client, alice)
    return Doors(database, conn, api, await api.create_interview(await api.create_workspace(), "Why <you> left"))


async def bar(client: AsyncTestClient[Litestar], person: Person) -> str:
    cookie = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    response = await client.get("/dashboard/waiting", headers={"Cookie": cookie})
    assert response.status_code == 200
    return response.text


def text_of(html: str) -> str:
    """What is shown of it, with single spaces."""
    shown = re.sub(r"<li [^>]* hidden>.*?</li>", "", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", shown).split())


async def test_who_waits_is_shown_with_the_way_to_the_call(
    doors: Doors, client: AsyncTestClient[Litestar], alice: Person
) -> None:
    invitee = await doors.come()
    html = await bar(client, alice)
    assert "Inês Duarte is waiting Why &lt;you&gt; left" in text_of(html)
    assert f'href="/dashboard{invitee_path(doors.interview, invitee)}/call" hx-boost="false"' in html
    assert "data-attended" not in html


async def test_where_nobody_waits_there_is_nothing(
    doors: Doors, client: AsyncTestClient[Litestar], alice: Person
) -> None:
    await doors.api.invite(doors.interview)
    assert await bar(client, alice) == ""


async def test_another_host_sees_nothing_of_it(
    doors: Doors, client: AsyncTestClient[Litestar], alice: Person, bob: Person
) -> None:
    await doors.come()
    assert await bar(client, bob) == ""
    assert await doors.names(alice) == ["Inês Duarte"]


async def test_whoever_waits_longest_comes_first_and_beyond_three_only_the_number_is_shown(
    doors: Doors, client: AsyncTestClient[Litestar], alice: Person
) -> None:
    """Those who are not shown are told of to the page's script all the same."""
    for number in range(5):
        await doors.come(f"Guest {number}", f"guest{number}@example.com")
    html = await bar(client, alice)
    text = text_of(html)
    assert re.findall(r"Guest \d is waiting", text) == [f"Guest {number} is waiting" for number in range(3)]
    assert "and 2 more" in text
    assert 'data-total="5"' in html
    assert html.count("data-key=") == 5


async def test_a_crowd_is_told_of_by_its_number(doors: Doors, alice: Person) -> None:
    for number in range(waiting.MAX_NAMED + 2):
        await doors.come(f"Guest {number}", f"guest{number}@example.com")
    async with doors.db.connection() as conn:
        found = await waiting.find_waiting(conn, alice.id)
    assert found.total == waiting.MAX_NAMED + 2
    assert len(found.people) == waiting.MAX_NAMED


async def test_somebody_without_a_name_is_shown_by_their_address(doors: Doors, alice: Person) -> None:
    await doors.come(None)
    assert await doors.names(alice) == ["ines@example.com"]


async def test_whoever_is_let_in_waits_no_longer(doors: Doors, alice: Person) -> None:
    invitee = await doors.come()
    async with doors.db.transaction() as conn:
        await service.admit(conn, SYSTEM, invitee["id"])
    assert await doors.names(alice) == []


async def test_whoever_is_declined_waits_no_longer(doors: Doors, alice: Person) -> None:
    invitee = await doors.come()
    async with doors.db.transaction() as conn:
        await service.decline(conn, invitee["id"])
    assert await doors.names(alice) == []


async def test_whoever_has_completed_the_interview_does_not_wait(doors: Doors, alice: Person) -> None:
    await doors.come()
    doors.conn.execute("""UPDATE "InterviewInvitee" SET "status" = 'completed'""")
    assert await doors.names(alice) == []


async def test_whoever_is_gone_does_not_wait_and_keeps_the_place_when_back_soon(doors: Doors, alice: Person) -> None:
    """A page that is reloaded is the same waiting, of which the host is not told twice."""
    invitee = await doors.api.invite(doors.interview, "ines@example.com", "Inês")
    entry = Entry(invitee["id"], "invitee", INVITEE, "Inês", link_version=1)
    seat = await doors.enter(entry)
    async with doors.db.connection() as conn:
        before = await waiting.find_waiting(conn, alice.id)
    async with doors.db.transaction() as conn:
        await service.leave(conn, invitee["id"], seat, "socket-of-invitee", on_purpose=False)
    assert await doors.names(alice) == []
    await doors.enter(entry)
    async with doors.db.connection() as conn:
        assert await waiting.find_waiting(conn, alice.id) == before


async def test_neither_the_host_nor_an_observer_waits(doors: Doors, alice: Person, bob: Person) -> None:
    invitee = await doors.api.invite(doors.interview)
    await doors.enter(Entry(invitee["id"], "host", alice.id, "Alice", user_id=alice.id))
    await doors.enter(Entry(invitee["id"], "observer", bob.id, "Bob", user_id=bob.id))
    assert await doors.names(alice) == []


async def test_a_host_who_is_in_the_room_sees_who_waits_there(
    doors: Doors, client: AsyncTestClient[Litestar], alice: Person
) -> None:
    """So the pages of the dashboard make no sound."""
    invitee = await doors.come()
    await doors.enter(Entry(invitee["id"], "host", alice.id, "Alice", user_id=alice.id))
    assert "data-attended" in await bar(client, alice)


async def test_the_socket_says_when_to_look_and_when_to_come_back(
    doors: Doors, app: Litestar, client: AsyncTestClient[Litestar], alice: Person
) -> None:
    """At first, when somebody comes, and at the end of this process."""
    changes: Changes = app.state.changes
    with await client.websocket_connect("/dashboard/waiting/socket", headers=alice.headers) as socket:
        assert socket.receive_text(timeout=10) == "changed"
        await doors.come()
        assert socket.receive_text(timeout=10) == "changed"
        client.blocking_portal.call(changes.end_subscriptions)
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_text(timeout=10)
    assert ended.value.code == 1012


async def test_a_page_that_never_answers_is_given_up(
    client: AsyncTestClient[Litestar], alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_pages, "SILENT_SECONDS", 0.2)
    with await client.websocket_connect("/dashboard/waiting/socket", headers=alice.headers) as socket:
        assert socket.receive_text(timeout=10) == "changed"
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_text(timeout=10)
    assert ended.value.code == 4408


async def test_a_page_that_is_quiet_otherwise_is_kept_awake(
    client: AsyncTestClient[Litestar], alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_pages, "PING_SECONDS", 0.1)
    with await client.websocket_connect("/dashboard/waiting/socket", headers=alice.headers) as socket:
        heard = [socket.receive_text(timeout=10) for _ in range(3)]
    assert heard == ["changed", "ping", "ping"]
