"""Whoever changes the same workspace at the same moment waits; nobody waits in a circle (docs/decisions/0019)."""

from collections.abc import Callable

import psycopg
import pytest

from qwalo.api_keys import service as api_keys
from qwalo.api_keys.schemas import CreateApiKey
from qwalo.audit import service as audit
from qwalo.audit.schemas import AuditFilter
from qwalo.events.models import WEBHOOK_EVENTS
from qwalo.identity.models import Viewer
from qwalo.identity.repository import unscoped_delete_clerk_user
from qwalo.interviews import service as interviews
from qwalo.interviews.schemas import CreateInterview, UpdateInterview
from qwalo.members import service as members
from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.http.paging import PageRequest
from qwalo.webhooks import service as webhooks
from qwalo.webhooks.schemas import CreateWebhookEndpoint
from qwalo.workspaces import service as workspaces
from qwalo.workspaces.access import allow, look
from qwalo.workspaces.roles import Action
from qwalo.workspaces.schemas import UpdateWorkspace
from tests.conftest import SECRET_KEY
from tests.domains.members.house import Team
from tests.meetings import Work, meet
from tests.people import Person

RULES = webhooks.WebhookRules(SECRET_KEY, private_addresses=True)
Deed = Callable[[Team, Viewer, Person], Work]


def viewer(person: Person) -> Viewer:
    return Viewer(person.id, "session")


# What somebody does, and may be the person to whom it is done.
DEEDS: dict[str, Deed] = {
    "renames": lambda team, me, _: lambda c: workspaces.update_workspace(c, me, team.id, UpdateWorkspace(name="New")),
    "deletes": lambda team, me, _: lambda c: workspaces.delete_workspace(c, me, team.id),
    "adds an interview": lambda team, me, _: (
        lambda c: interviews.create_interview(c, me, team.id, CreateInterview("Why", "video"))
    ),
    "adds a webhook": lambda team, me, _: (
        lambda c: webhooks.create_endpoint(
            c, me, RULES, team.id, CreateWebhookEndpoint("https://example.com/", list(WEBHOOK_EVENTS))
        )
    ),
    "adds a key": lambda team, me, _: lambda c: api_keys.create_key(c, me, team.id, CreateApiKey("ci", "write")),
    "removes": lambda team, me, whom: lambda c: members.remove(c, me, team.id, team.member_id(whom)),
    "demotes": lambda team, me, whom: lambda c: members.change_role(c, me, team.id, team.member_id(whom), "observer"),
    "passes on": lambda team, me, whom: lambda c: members.transfer(c, me, team.id, team.member_id(whom)),
    "closes the account": lambda _, me, __: lambda c: unscoped_delete_clerk_user(c, f"local_{me.id}"),
}


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("theirs", ["removes", "demotes", "deletes", "passes on"])
@pytest.mark.parametrize("mine", ["renames", "adds an interview", "adds a webhook", "adds a key", "closes the account"])
async def test_an_owner_and_whom_it_concerns_do_not_wait_for_each_other(
    team: Team, database: Database, conn: psycopg.Connection, alice: Person, mine: str, theirs: str, after: int
) -> None:
    """Bob is an admin, and stops in the middle while Alice changes his place; and the other way round."""
    bob = team.join("Bobby", "admin")
    outcomes = await meet(
        database, conn, DEEDS[mine](team, viewer(bob), alice), DEEDS[theirs](team, viewer(alice), bob), after=after
    )
    assert outcomes[0] == "done"
    bert = team.join("Bert", "admin") if theirs != "deletes" and alice.name in team.roles() else None
    if bert is not None and theirs != "passes on":
        outcomes = await meet(
            database,
            conn,
            DEEDS[theirs](team, viewer(alice), bert),
            DEEDS[mine](team, viewer(bert), alice),
            after=after,
        )
        assert outcomes[0] == "done"


async def test_the_workspace_is_locked_before_the_membership(
    team: Team, database: Database, conn: psycopg.Connection, alice: Person
) -> None:
    """In one statement: who waits for the workspace holds no membership yet."""
    bob = team.join("Bobby", "admin")

    async def lock(c: Connection) -> None:
        await c.execute('SELECT FROM "Workspace" WHERE "id" = $1 FOR UPDATE', team.id)
        # Nobody holds it, though somebody waits with it in their statement.
        await c.execute(
            'SELECT FROM "WorkspaceMember" WHERE "workspaceId" = $1 AND "userId" = $2 FOR UPDATE NOWAIT',
            team.id,
            bob.id,
        )

    async def first(c: Connection) -> None:
        await lock(c)
        await lock(c)

    outcomes = await meet(database, conn, first, lambda c: allow(c, viewer(bob), team.id, Action.HOLD), after=1)
    assert outcomes == ["done", "done"]


async def test_what_was_is_read_when_nobody_else_changes_it(
    team: Team, database: Database, conn: psycopg.Connection, alice: Person
) -> None:
    """Of two who rename at once, the second one's `old` is the first one's `new`."""
    bob = team.join("Bobby", "admin")

    def rename(person: Person, name: str) -> Work:
        return lambda c: workspaces.update_workspace(c, viewer(person), team.id, UpdateWorkspace(name=name))

    await meet(database, conn, rename(alice, "B"), rename(bob, "Research"), after=3)
    assert _changes(conn, "workspace.updated") == [
        {"name": {"old": "Research", "new": "B"}},
        {"name": {"old": "B", "new": "Research"}},
    ]


async def test_what_an_interview_was_is_read_when_nobody_else_changes_it(
    team: Team, database: Database, conn: psycopg.Connection, alice: Person
) -> None:
    """The same for its title."""
    bob = team.join("Bobby", "member")
    made = (await team.ask(alice, "POST", f"{team.path}/interviews", {"title": "A", "mode": "video"})).json()

    def rename(person: Person, title: str) -> Work:
        data = UpdateInterview(title=title)
        return lambda c: interviews.update_interview(c, viewer(person), team.id, made["id"], data)

    await meet(database, conn, rename(alice, "B"), rename(bob, "A"), after=3)
    assert _changes(conn, "interview.updated") == [
        {"title": {"old": "A", "new": "B"}},
        {"title": {"old": "B", "new": "A"}},
    ]


async def test_reading_waits_for_nobody(
    team: Team, database: Database, conn: psycopg.Connection, alice: Person
) -> None:
    """Not for who deletes the workspace, and it locks nothing itself."""
    page = PageRequest(10)
    async with database.transaction() as deleting, database.transaction() as reading:
        await deleting.execute('DELETE FROM "Workspace" WHERE "id" = $1', team.id)
        await reading.execute("SET LOCAL lock_timeout = '10ms'")
        assert await look(reading, viewer(alice), team.id, Action.OWN) == "owner"
        assert (await api_keys.list_keys(reading, viewer(alice), team.id, page)).rows == []
        assert (await audit.list_events(reading, viewer(alice), team.id, AuditFilter(), page)).rows
        assert (await webhooks.list_endpoints(reading, viewer(alice), team.id, page)).rows == []
        row = await reading.fetchrow("SELECT pg_current_xact_id_if_assigned()::text")
        assert row is not None
        # A row lock is a write, and needs a number.
        assert row[0] is None


def _changes(conn: psycopg.Connection, event: str) -> list[object]:
    rows = conn.execute(
        """SELECT "data" -> 'changes' FROM "AuditEvent" WHERE "type" = %s ORDER BY xmin::text::bigint""", (event,)
    ).fetchall()
    return [row[0] for row in rows]
