"""The records of calls, as a program reads them and as the page of an interview asks for them."""

from typing import Any, NamedTuple

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.calls import history
from qwalo.calls.errors import CallNotFound
from qwalo.identity.models import Viewer
from qwalo.invitees.models import CallFacts
from qwalo.platform.db.pool import Database
from tests.call_rows import CallRows
from tests.people import Api, Person, interview_path

Client = AsyncTestClient[Litestar]


class Held(NamedTuple):
    """An interview of Alice with an invitee, and where its calls are."""

    api: Api
    interview: dict[str, Any]
    invitee: dict[str, Any]
    path: str

    async def read(self, rest: str = "") -> Any:
        response = await self.api.request("GET", f"{self.path}{rest}")
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
async def held(client: Client, alice: Person) -> Held:
    api = Api(client, alice)
    interview = await api.create_interview(await api.create_workspace())
    invitee = await api.invite(interview, name="Inês Duarte")
    return Held(api, interview, invitee, f"{interview_path(interview)}/calls")


@pytest.fixture
def rows(conn: psycopg.Connection) -> CallRows:
    return CallRows(conn)


async def test_a_call_is_answered_with_who_took_part(held: Held, rows: CallRows, alice: Person) -> None:
    """Host first, then the invitee, then observers; the same in the list and by itself."""
    call_id = rows.call(held.invitee)
    observer = rows.participant(call_id, "observer", "Ben", 60, 90)
    invitee = rows.participant(call_id, "invitee", "Inês", 1.5, 1887.632)
    host = rows.participant(call_id, "host", "Alice", 0, 1887.632, userId=alice.id)
    call = await held.read(f"/{call_id}")
    assert call == {
        "id": call_id,
        "interviewId": held.interview["id"],
        "inviteeId": held.invitee["id"],
        "roomId": rows.room(held.invitee),
        "provider": "builtin",
        "startedAt": "2026-03-03T14:00:12.480Z",
        "participants": [
            {
                "id": host,
                "role": "host",
                "name": "Alice",
                "joinedAt": "2026-03-03T14:00:12.480Z",
                "leftAt": "2026-03-03T14:31:40.112Z",
                "userId": alice.id,
            },
            {
                "id": invitee,
                "role": "invitee",
                "name": "Inês",
                "joinedAt": "2026-03-03T14:00:13.980Z",
                "leftAt": "2026-03-03T14:31:40.112Z",
            },
            {
                "id": observer,
                "role": "observer",
                "name": "Ben",
                "joinedAt": "2026-03-03T14:01:12.480Z",
                "leftAt": "2026-03-03T14:01:42.480Z",
            },
        ],
        "endedAt": "2026-03-03T14:31:40.112Z",
        "endReason": "host_ended",
        "durationSeconds": 1887,
    }
    assert await held.read() == [call]


async def test_a_call_that_goes_on_has_no_end(held: Held, rows: CallRows) -> None:
    """Nor a reason, nor a duration; whoever is there has not left."""
    call_id = rows.call(held.invitee, length=None)
    rows.participant(call_id, "host", "Alice")
    call = await held.read(f"/{call_id}")
    assert {"endedAt", "endReason", "durationSeconds"} & set(call) == set()
    assert set(call["participants"][0]) == {"id", "role", "name", "joinedAt"}


async def test_a_call_without_participants_has_an_empty_list_of_them(held: Held, rows: CallRows) -> None:
    """The field is always there."""
    assert (await held.read(f"/{rows.call(held.invitee)}"))["participants"] == []


async def test_an_interview_without_calls_has_an_empty_list(held: Held) -> None:
    """Which is another answer than that of an interview that is not there."""
    assert await held.read() == []
    missing = await held.api.request("GET", f"/workspaces/{held.interview['workspaceId']}/interviews/none/calls")
    assert (missing.status_code, missing.json()["code"]) == (404, "interview-not-found")


async def test_calls_are_listed_by_their_start_the_newest_first(held: Held, rows: CallRows) -> None:
    """Whichever row was written first; those of the same moment by their ids."""
    second, third, first = (rows.call(held.invitee, start, 10) for start in (100, 200, 0))
    together = sorted((rows.call(held.invitee, 300, 10), rows.call(held.invitee, 300, 10)), reverse=True)
    assert [call["id"] for call in await held.read()] == [*together, third, second, first]


async def test_a_list_of_calls_is_walked_page_by_page(held: Held, rows: CallRows) -> None:
    """Every call once, also where two began in the same millisecond."""
    made = {rows.call(held.invitee, start, 10) for start in (0, 0, 0, 50, 100)}
    seen: list[str] = []
    url: str | None = f"{held.path}?limit=2"
    pages = 0
    while url is not None:
        response = await held.api.request("GET", url)
        seen += [row["id"] for row in response.json()]
        url = response.links.get("next", {}).get("url")
        pages += 1
    assert (len(seen), set(seen), pages) == (5, made, 3)


async def test_the_calls_of_one_interview_are_not_those_of_another(held: Held, rows: CallRows) -> None:
    """Not even within one workspace."""
    sister = await held.api.create_interview({"id": held.interview["workspaceId"]})
    call_id = rows.call(await held.api.invite(sister))
    assert await held.read() == []
    foreign = await held.api.request("GET", f"{held.path}/{call_id}")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "call-not-found")


async def test_a_call_is_there_for_the_owner_alone(
    held: Held, rows: CallRows, database: Database, alice: Person, bob: Person
) -> None:
    """Not for somebody else who names its workspace, nor under a workspace of theirs."""
    call_id = rows.call(held.invitee)
    names = (held.interview["workspaceId"], held.interview["id"], call_id)
    async with database.connection() as conn:
        assert (await history.get_call(conn, Viewer(alice.id, ""), *names)).id == call_id
        with pytest.raises(CallNotFound):
            await history.get_call(conn, Viewer(bob.id, ""), *names)
        with pytest.raises(CallNotFound):
            await history.get_history(conn, Viewer(bob.id, ""), *names)
        with pytest.raises(CallNotFound):
            await history.get_history(conn, Viewer(alice.id, ""), "another", *names[1:])


async def test_the_list_is_there_for_the_owner_alone(
    held: Held, rows: CallRows, client: Client, database: Database, bob: Person
) -> None:
    """For somebody else the interview is not there."""
    rows.call(held.invitee)
    theirs = await Api(client, bob).create_workspace()
    for workspace_id in (held.interview["workspaceId"], theirs["id"]):
        response = await Api(client, bob).request(
            "GET", f"/workspaces/{workspace_id}/interviews/{held.interview['id']}/calls"
        )
        assert (response.status_code, response.json()["code"]) == (404, "interview-not-found")
    async with database.connection() as conn:
        assert (
            await history.calls_of_interview(conn, Viewer(bob.id, ""), held.interview["id"], [held.invitee["id"]]) == {}
        )


async def test_a_history_has_what_was_written_while_the_call_was_held(
    held: Held, rows: CallRows, database: Database, alice: Person
) -> None:
    """Of this room, from the start to the end, in the order in which it was written."""
    call_id = rows.call(held.invitee, 0, 60)
    other = await held.api.invite(held.interview, "ben@example.com")
    for invitee, at, text in (
        (held.invitee, -0.001, "too early"),
        (held.invitee, 0, "first"),
        (held.invitee, 60, "last"),
        (held.invitee, 60.001, "too late"),
        (other, 30, "in another room"),
    ):
        rows.message(invitee, at, text)
    async with database.connection() as conn:
        found = await history.get_history(
            conn, Viewer(alice.id, ""), held.interview["workspaceId"], held.interview["id"], call_id
        )
    assert [message.text for message in found.messages] == ["first", "last"]
    assert found.messages[0].written_at == "2026-03-03T14:00:12.480Z"


async def test_a_history_has_the_means_of_what_was_measured(
    held: Held, rows: CallRows, database: Database, alice: Person
) -> None:
    """By participant and slot: of an hour, several measurements make one; freezes are added up."""
    call_id = rows.call(held.invitee, 0, 3600)
    person = rows.participant(call_id, "host", "Alice", 0, 3600)
    rows.quality(person, 10, roundTripMs=40, lossPercent=0.0, frozenSeconds=0.5)
    rows.quality(person, 20, roundTripMs=60, lossPercent=1.0, frozenSeconds=1.5)
    rows.quality(person, 100, roundTripMs=70)
    async with database.connection() as conn:
        found = await history.get_history(
            conn, Viewer(alice.id, ""), held.interview["workspaceId"], held.interview["id"], call_id
        )
    assert found.slot_seconds == 40
    assert [(one.slot, one.round_trip_ms, one.loss_percent, one.frozen_seconds) for one in found.measurements] == [
        (0, 50, 0.5, 2.0),
        (2, 70, None, None),
    ]


@pytest.mark.parametrize(("length", "slot"), [(0, 10), (42.5, 10), (900, 10), (901, 20), (3600, 40), (86_400, 960)])
def test_a_chart_has_a_bounded_number_of_points(length: float, slot: int) -> None:
    """However long a call is, and never finer than browsers measure."""
    assert history.slot_of(length) == slot


async def facts(database: Database, person: Person, held: Held) -> CallFacts:
    async with database.connection() as conn:
        found = await history.calls_of_interview(
            conn, Viewer(person.id, ""), held.interview["id"], [held.invitee["id"]]
        )
    return found[held.invitee["id"]]


async def test_an_invitee_who_was_never_there_has_no_facts(held: Held, database: Database, alice: Person) -> None:
    """They have no room either."""
    assert await facts(database, alice, held) == CallFacts()


async def test_an_invitee_waits_while_they_are_there_unanswered(
    held: Held, rows: CallRows, database: Database, alice: Person
) -> None:
    """Since they entered."""
    rows.seat(held.invitee)
    found = await facts(database, alice, held)
    assert (found.state, found.waiting_since) == ("waiting", "2026-03-03T14:00:12.480Z")


@pytest.mark.parametrize("answer", ["admittedAt", "declinedAt"])
async def test_an_invitee_who_is_answered_does_not_wait(
    held: Held, rows: CallRows, database: Database, alice: Person, answer: str
) -> None:
    """Let in or declined; the latter is said."""
    rows.seat(held.invitee)
    rows.answer(held.invitee, answer)
    found = await facts(database, alice, held)
    assert found.waiting_since is None
    assert found.state == ("declined" if answer == "declinedAt" else None)


async def test_an_invitee_who_has_gone_does_not_wait(
    held: Held, rows: CallRows, database: Database, alice: Person
) -> None:
    """Their seat stays; a host who sits there alone is no invitee."""
    rows.seat(held.invitee, here=False)
    rows.seat(held.invitee, holder=alice.id, role="host")
    assert (await facts(database, alice, held)).state is None


async def test_nobody_waits_for_what_is_completed(
    held: Held, rows: CallRows, database: Database, alice: Person, conn: psycopg.Connection
) -> None:
    """Nor is declined."""
    rows.seat(held.invitee)
    conn.execute("""UPDATE "InterviewInvitee" SET "status" = 'completed'""")
    assert (await facts(database, alice, held)).state is None
    rows.answer(held.invitee, "declinedAt")
    assert (await facts(database, alice, held)).state is None


async def test_an_open_call_goes_before_what_else_is_known(
    held: Held, rows: CallRows, database: Database, alice: Person
) -> None:
    """With its start, and without a duration."""
    rows.seat(held.invitee)
    rows.call(held.invitee, -100, 50)
    call_id = rows.call(held.invitee, length=None)
    found = await facts(database, alice, held)
    assert (found.state, found.call_id, found.duration_seconds) == ("in-call", call_id, None)
    assert found.started_at == "2026-03-03T14:00:12.480Z"


async def test_the_newest_call_counts(held: Held, rows: CallRows, database: Database, alice: Person) -> None:
    """By its start."""
    newest = rows.call(held.invitee, 100, 75.9)
    rows.call(held.invitee, 0, 50)
    found = await facts(database, alice, held)
    assert (found.call_id, found.duration_seconds, found.state) == (newest, 75, None)


async def test_facts_are_of_the_invitees_that_were_asked_for(
    held: Held, rows: CallRows, database: Database, alice: Person
) -> None:
    """And only as far as they are of the interview."""
    sister = await held.api.create_interview({"id": held.interview["workspaceId"]})
    elsewhere = await held.api.invite(sister)
    rows.seat(elsewhere)
    viewer = Viewer(alice.id, "")
    async with database.connection() as conn:
        ids = [held.invitee["id"], elsewhere["id"], "nobody"]
        assert set(await history.calls_of_interview(conn, viewer, held.interview["id"], ids)) == {held.invitee["id"]}
        assert await history.calls_of_interview(conn, viewer, held.interview["id"], []) == {}
