"""Each change of a service leaves its event, in the same transaction: who, what, to which object, from where."""

from typing import Any, NamedTuple

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.invitees.delivering import send_invitation
from qwalo.invitees.links import Links
from qwalo.platform.db.pool import Database
from qwalo.platform.mail.transport import MailNotSent
from qwalo.settings import Settings
from tests.domains.calls.house import House
from tests.people import Api, Person, interview_path, invitee_path

Client = AsyncTestClient[Litestar]


class Recorded(NamedTuple):
    type: str
    actor_kind: str
    actor_id: str | None
    actor_label: str | None
    object_id: str
    label: str
    data: dict[str, Any]


class Desk:
    """Alice's workspace with an interview, and what was recorded since the last look."""

    def __init__(self, client: Client, conn: psycopg.Connection, alice: Person) -> None:
        self.api = Api(client, alice)
        self._conn = conn
        self._seen = 0

    async def furnish(self) -> None:
        self.workspace = await self.api.create_workspace()
        self.interview = await self.api.create_interview(self.workspace)

    def recorded(self) -> list[Recorded]:
        rows = self._conn.execute(
            """
            SELECT "type", "actorKind"::text, "actorId", "actorLabel", "objectId", "objectLabel", "data"
            FROM "AuditEvent" ORDER BY "createdAt", "id"
            """
        ).fetchall()
        new, self._seen = rows[self._seen :], len(rows)
        return [Recorded(*row) for row in new]

    def one(self) -> Recorded:
        (event,) = self.recorded()
        return event


@pytest.fixture
async def desk(client: Client, conn: psycopg.Connection, alice: Person) -> Desk:
    desk = Desk(client, conn, alice)
    await desk.furnish()
    return desk


async def test_a_new_workspace_and_a_new_interview(desk: Desk, alice: Person) -> None:
    first, second = desk.recorded()
    assert first[:6] == ("workspace.created", "user", alice.id, "Alice", desk.workspace["id"], "Research")
    assert second[:6] == ("interview.created", "user", alice.id, "Alice", desk.interview["id"], "Why")
    assert second.data["interview"] == {key: desk.interview[key] for key in desk.interview if key != "invitees"}


async def test_a_change_says_what_was_and_what_is(desk: Desk) -> None:
    desk.recorded()
    await desk.api.request("PATCH", interview_path(desk.interview), {"title": "Why not", "mode": "video"})
    event = desk.one()
    assert event.type == "interview.updated"
    assert event.data["changes"] == {"title": {"old": "Why", "new": "Why not"}}


async def test_a_change_to_what_is_there_already_is_none(desk: Desk) -> None:
    desk.recorded()
    await desk.api.request("PATCH", interview_path(desk.interview), {"title": "Why"})
    await desk.api.request("PATCH", f"/workspaces/{desk.workspace['id']}", {"name": "Research"})
    assert desk.recorded() == []


async def test_a_deletion_keeps_how_the_object_was_called(desk: Desk) -> None:
    desk.recorded()
    await desk.api.request("DELETE", interview_path(desk.interview))
    event = desk.one()
    assert (event.type, event.label) == ("interview.deleted", "Why")


async def test_an_invitation_from_somewhere(desk: Desk, conn: psycopg.Connection) -> None:
    desk.recorded()
    invitee = await desk.api.invite(desk.interview, name="Inês")
    event = desk.one()
    assert event[:2] == ("invitee.created", "user")
    assert (event.object_id, event.label) == (invitee["id"], "ines@example.com")
    shown = {key: value for key, value in invitee.items() if key != "link"}
    assert event.data == {"workspaceId": desk.workspace["id"], "invitee": shown}
    row = conn.execute('SELECT "address", "requestId" FROM "AuditEvent" WHERE "type" = %s', (event.type,)).fetchone()
    assert row is not None
    assert None not in row


async def test_what_becomes_of_an_invitee(desk: Desk) -> None:
    invitee = await desk.api.invite(desk.interview)
    path = invitee_path(desk.interview, invitee)
    desk.recorded()
    for method, address, body in (
        ("POST", f"{path}/invitations", None),
        ("PATCH", path, {"name": "Ines"}),
        ("PATCH", path, {"status": "accepted"}),
        ("PATCH", path, {"status": "accepted"}),
        ("DELETE", path, None),
        ("DELETE", path, None),
        ("PATCH", path, {"status": "completed"}),
    ):
        assert (await desk.api.request(method, address, body)).is_success
    assert [event.type for event in desk.recorded()] == [
        "invitee.invited",
        "invitee.updated",
        "invitee.accepted",
        "invitee.revoked",
        "invitee.completed",
    ]


async def test_the_invitee_who_accepts_is_who_did_it(desk: Desk, client: Client) -> None:
    invitee = await desk.api.invite(desk.interview, name="Inês")
    desk.recorded()
    await client.post(f"/i/{invitee['link'].rpartition('/')[2]}/acceptance", headers={"Accept": "application/json"})
    event = desk.one()
    assert event[:4] == ("invitee.accepted", "invitee", invitee["id"], "Inês")
    assert event.data["invitee"]["status"] == "accepted"


async def test_a_request_that_is_refused_leaves_nothing(desk: Desk) -> None:
    await desk.api.invite(desk.interview)
    desk.recorded()
    again = await desk.api.request("POST", f"{interview_path(desk.interview)}/invitees", {"email": "ines@example.com"})
    assert again.status_code == 409
    assert desk.recorded() == []


class _Refusing:
    async def send(self, *_: object) -> None:
        raise MailNotSent("The mail server says: no such mailbox.", permanent=True)


class _Taking:
    async def send(self, *_: object) -> None:
        return None


@pytest.mark.parametrize(("mailer", "event"), [(_Taking(), "invitee.sent"), (_Refusing(), "invitee.bounced")])
async def test_a_mail_that_goes_out_or_comes_back(
    desk: Desk, database: Database, conn: psycopg.Connection, settings: Settings, mailer: Any, event: str
) -> None:
    """Done by the system: nobody's request is under way."""
    invitee = await desk.api.invite(desk.interview)
    desk.recorded()
    row = conn.execute('SELECT "id" FROM "Invitation"').fetchone()
    assert row is not None
    links = Links(settings.secret_key, settings.public_url)
    await send_invitation(database, mailer, links, "Qwalo <q@example.com>", row[0], last_try=False)
    recorded = desk.one()
    assert recorded[:5] == (event, "system", None, None, invitee["id"])


async def test_a_call_begins_and_ends(house: House, conn: psycopg.Connection, alice: Person) -> None:
    await house.talk()
    await house.end()
    rows = conn.execute(
        """
        SELECT "type", "data" -> 'call' ->> 'endReason' FROM "AuditEvent"
        WHERE "type" LIKE 'call.%' OR "type" = 'invitee.completed' ORDER BY "createdAt", "id"
        """
    ).fetchall()
    assert rows == [("call.started", None), ("call.ended", "host_ended"), ("invitee.completed", None)]


async def test_no_event_carries_a_link(desk: Desk, conn: psycopg.Connection) -> None:
    invitee = await desk.api.invite(desk.interview)
    path = invitee_path(desk.interview, invitee)
    await desk.api.request("POST", f"{path}/invitations")
    await desk.api.request("PATCH", path, {"name": "Ines", "status": "accepted"})
    token = invitee["link"].rpartition("/")[2]
    assert conn.execute('SELECT count(*) FROM "AuditEvent" a WHERE a::text LIKE %s', (f"%{token}%",)).fetchone() == (0,)
