"""Another program writes to the mission's tables, as a client that Prisma made does: it knows nothing of ours."""

from datetime import datetime

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.platform.ids import cuid
from tests.people import Api, Person

LONG_AGO = datetime(2020, 1, 1)  # noqa: DTZ001 - the columns have no zone


class PlainWriter:
    """Writes all of the mission's columns, and no other."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn

    def insert(self, table: str, **values: object) -> str:
        row = {"id": cuid(), **values, "createdAt": LONG_AGO, "updatedAt": LONG_AGO}
        names = ", ".join(f'"{name}"' for name in row)
        places = ", ".join(["%s"] * len(row))
        self._conn.execute(f'INSERT INTO "public"."{table}" ({names}) VALUES ({places})', list(row.values()))
        return str(row["id"])

    def write_all(self, owner_id: str) -> dict[str, str]:
        """A row of each table, by the table's name."""
        user = self.insert("User", clerkUserId="user_plain", email="ana@example.com", name=None)
        workspace = self.insert("Workspace", name="Research", organizationName="Acme", ownerId=owner_id)
        interview = self.insert("Interview", workspaceId=workspace, title="Why", mode="voice")
        invitee = self.insert(
            "InterviewInvitee",
            interviewId=interview,
            email="ines@example.com",
            name="Ines",
            status="pending",
            sentAt=None,
        )
        return {"User": user, "Workspace": workspace, "Interview": interview, "InterviewInvitee": invitee}


@pytest.fixture
def rows(conn: psycopg.Connection, alice: Person) -> dict[str, str]:
    return PlainWriter(conn).write_all(alice.id)


@pytest.fixture
def api(client: AsyncTestClient[Litestar], alice: Person) -> Api:
    return Api(client, alice)


@pytest.mark.parametrize(
    ("table", "column"),
    [("User", "email"), ("Workspace", "name"), ("Interview", "title"), ("InterviewInvitee", "name")],
)
def test_updated_at_is_kept_for_a_writer_that_leaves_it_out(
    conn: psycopg.Connection, rows: dict[str, str], table: str, column: str
) -> None:
    """The database sets it at every change, and leaves the time of creation alone."""
    conn.execute(f'UPDATE "{table}" SET "{column}" = %s WHERE "id" = %s', ("changed", rows[table]))
    query = f'SELECT "createdAt", "updatedAt" > %s FROM "{table}" WHERE "id" = %s'
    created, later = conn.execute(query, (LONG_AGO, rows[table])).fetchone() or (None, None)
    assert (created, later) == (LONG_AGO, True)


def test_a_row_without_updated_at_gets_it(conn: psycopg.Connection) -> None:
    """Raw SQL may leave it out, though the column has no default."""
    conn.execute("""INSERT INTO "User" ("id", "clerkUserId") VALUES ('c1', 'user_1')""")
    assert conn.execute('SELECT "updatedAt" IS NOT NULL FROM "User"').fetchone() == (True,)


def test_a_delete_takes_along_what_hangs_on_it(conn: psycopg.Connection, rows: dict[str, str], alice: Person) -> None:
    """The mission's cascades hold for every writer."""
    conn.execute('DELETE FROM "User" WHERE "id" = %s', (alice.id,))
    left = [conn.execute(f'SELECT count(*) FROM "{table}"').fetchone() for table in rows]
    assert left == [(1,), (0,), (0,), (0,)]


async def test_the_api_serves_what_another_program_wrote(api: Api, rows: dict[str, str]) -> None:
    """From the list of workspaces down to the invitee."""
    workspaces = (await api.request("GET", "/workspaces")).json()
    interviews = (await api.request("GET", f"/workspaces/{rows['Workspace']}/interviews")).json()
    assert [one["id"] for one in workspaces] == [rows["Workspace"]]
    assert [one["id"] for one in interviews] == [rows["Interview"]]
    assert interviews[0]["invitees"] == [
        {
            "id": rows["InterviewInvitee"],
            "interviewId": rows["Interview"],
            "email": "ines@example.com",
            "name": "Ines",
            "status": "pending",
            "createdAt": "2020-01-01T00:00:00.000Z",
            "updatedAt": "2020-01-01T00:00:00.000Z",
        }
    ]


async def test_an_invitee_that_another_program_wrote_can_be_sent_to(
    api: Api, client: AsyncTestClient[Litestar], rows: dict[str, str]
) -> None:
    """There is no link at first; sending makes one that works."""
    path = f"/workspaces/{rows['Workspace']}/interviews/{rows['Interview']}/invitees/{rows['InterviewInvitee']}"
    assert "link" not in (await api.request("GET", path)).json()
    assert (await api.request("POST", f"{path}/invitations")).status_code == 201
    link = (await api.request("GET", path)).json()["link"]
    accepted = await client.post(f"{link}/acceptance")
    assert (accepted.status_code, accepted.json()) == (200, {"status": "accepted"})


async def test_a_status_that_another_program_set_is_answered(
    api: Api, conn: psycopg.Connection, rows: dict[str, str]
) -> None:
    """Our own columns beside it need not be filled."""
    conn.execute("""UPDATE "InterviewInvitee" SET "status" = 'completed'""")
    path = f"/workspaces/{rows['Workspace']}/interviews/{rows['Interview']}/invitees/{rows['InterviewInvitee']}"
    assert (await api.request("GET", path)).json()["status"] == "completed"
    assert (await api.request("POST", f"{path}/invitations")).status_code == 409


async def test_what_another_program_writes_down_is_delivered_too(
    api: Api, conn: psycopg.Connection, rows: dict[str, str]
) -> None:
    """A program that knows nothing of our search path, and so of the tables of jobs."""
    path = f"/workspaces/{rows['Workspace']}/webhook-endpoints"
    made = await api.request("POST", path, {"url": "https://hooks.example.com/", "events": ["call.ended"]})
    assert made.status_code == 201
    conn.execute("SET search_path = public")
    conn.execute(
        """
        INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "objectId", "objectLabel", "data")
        VALUES ('e1', %s, 'call.ended', 'system', 'c1', 'Ines', '{}')
        """,
        (rows["Workspace"],),
    )
    (delivery,) = conn.execute('SELECT "id" FROM "WebhookDelivery" WHERE "eventId" = \'e1\'').fetchall()
    jobs = "SELECT args ->> 'delivery_id' FROM qwalo_internal.procrastinate_jobs WHERE task_name = 'webhooks.deliver'"
    assert conn.execute(jobs).fetchall() == [delivery]
