"""What each role may do: the table, and that a role counts from one moment to the next."""

import asyncio
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import SESSION_OPTIONS, Database
from qwalo.workspaces.access import allow
from qwalo.workspaces.errors import NotAllowed, WorkspaceNotFound
from qwalo.workspaces.roles import ROLES, Action, may
from tests.people import Api, People, Person
from tests.server import until

Client = AsyncTestClient[Litestar]


def _remove(database_url: str, workspace: dict[str, Any], person: Person) -> None:
    """On a connection of its own, as it waits."""
    with psycopg.connect(database_url, options=SESSION_OPTIONS) as conn:
        conn.execute(
            'DELETE FROM "WorkspaceMember" WHERE "workspaceId" = %s AND "userId" = %s', (workspace["id"], person.id)
        )


def viewer(person: Person) -> Viewer:
    return Viewer(person.id, "session")


@pytest.mark.parametrize("action", Action)
def test_whoever_is_higher_may_whatever_is_allowed_below(action: Action) -> None:
    allowed = [may(role, action) for role in ROLES]
    assert allowed == sorted(allowed, reverse=True)


def test_the_roles_differ_where_the_product_says_so() -> None:
    assert [role for role in ROLES if may(role, Action.WATCH)] == ["owner", "admin", "member", "observer"]
    assert [role for role in ROLES if may(role, Action.HOLD)] == ["owner", "admin", "member"]
    assert [role for role in ROLES if may(role, Action.MANAGE)] == ["owner", "admin"]
    assert [role for role in ROLES if may(role, Action.OWN)] == ["owner"]


async def test_whoever_makes_a_workspace_owns_it(client: Client, alice: Person) -> None:
    made = await Api(client, alice).create_workspace()
    assert made["role"] == "owner"
    assert made["ownerId"] == alice.id


async def test_the_list_has_all_workspaces_that_somebody_is_in_with_their_role(
    client: Client, people: People, alice: Person, bob: Person
) -> None:
    theirs = await Api(client, bob).create_workspace("Theirs")
    mine = await Api(client, alice).create_workspace("Mine")
    people.join(theirs, alice, "observer")
    listed = (await Api(client, alice).request("GET", "/workspaces")).json()
    assert [(one["id"], one["role"]) for one in listed] == [(mine["id"], "owner"), (theirs["id"], "observer")]


async def test_a_role_that_is_too_low_is_told_which_one_is_needed(
    client: Client, people: People, alice: Person, bob: Person
) -> None:
    workspace = await Api(client, alice).create_workspace()
    people.join(workspace, bob, "member")
    answer = await Api(client, bob).request("PATCH", f"/workspaces/{workspace['id']}", {"name": "Mine"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "not-allowed"
    assert "Your role here is member" in answer.json()["detail"]
    assert "owner or admin" in answer.json()["detail"]


async def test_a_key_is_told_which_scope_is_needed(client: Client, alice: Person) -> None:
    """Also where invitees are added, which asks in a statement of its own."""
    api = Api(client, alice)
    workspace = await api.create_workspace()
    interview = await api.create_interview(workspace)
    path = f"/workspaces/{workspace['id']}"
    made = (await api.request("POST", f"{path}/api-keys", {"name": "ci", "scope": "read"})).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    for address, body in (
        (f"{path}/interviews", {"title": "Why", "mode": "video"}),
        (f"{path}/interviews/{interview['id']}/invitees", {"email": "ines@example.com"}),
    ):
        answer = await client.post(address, json=body, headers=headers)
        assert answer.status_code == 403
        assert "use a key with the scope write" in answer.json()["detail"]


async def test_a_removal_waits_for_what_is_under_way_and_then_ends_everything(
    client: Client,
    database: Database,
    database_url: str,
    conn: psycopg.Connection,
    people: People,
    alice: Person,
    bob: Person,
) -> None:
    """Nothing that a person may not do any more is committed after the commit that took it from them."""
    workspace = await Api(client, alice).create_workspace()
    people.join(workspace, bob, "member")
    async with database.transaction() as transaction:
        await allow(transaction, viewer(bob), workspace["id"], Action.HOLD)
        removal = asyncio.create_task(asyncio.to_thread(_remove, database_url, workspace, bob))
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM%'"
        await asyncio.to_thread(until, lambda: conn.execute(waiting).fetchone() == (1,), "the removal waits")
        assert not removal.done()
    await removal
    async with database.transaction() as transaction:
        with pytest.raises(WorkspaceNotFound):
            await allow(transaction, viewer(bob), workspace["id"], Action.READ)


async def test_a_lower_role_counts_at_once(
    client: Client, database: Database, people: People, alice: Person, bob: Person
) -> None:
    workspace = await Api(client, alice).create_workspace()
    people.join(workspace, bob, "member")
    people.set_role(workspace, bob, "observer")
    async with database.transaction() as transaction:
        assert await allow(transaction, viewer(bob), workspace["id"], Action.READ) == "observer"
        with pytest.raises(NotAllowed):
            await allow(transaction, viewer(bob), workspace["id"], Action.HOLD)


async def test_a_workspace_of_another_program_has_an_owner_too(
    client: Client, conn: psycopg.Connection, alice: Person
) -> None:
    """A client that knows the mission's tables alone writes no membership."""
    conn.execute(
        """INSERT INTO "Workspace" ("id", "name", "organizationName", "ownerId") VALUES ('w1', 'Plain', 'Acme', %s)""",
        (alice.id,),
    )
    (listed,) = (await Api(client, alice).request("GET", "/workspaces")).json()
    assert (listed["id"], listed["role"]) == ("w1", "owner")


async def test_no_program_can_take_the_last_owner_away(
    client: Client, conn: psycopg.Connection, people: People, alice: Person
) -> None:
    workspace = await Api(client, alice).create_workspace()
    with pytest.raises(psycopg.errors.CheckViolation):
        people.remove(workspace, alice)
    with pytest.raises(psycopg.errors.CheckViolation):
        people.set_role(workspace, alice, "admin")


async def test_an_observer_does_not_get_the_links_by_which_invitees_come(
    client: Client, people: People, alice: Person, bob: Person
) -> None:
    """Whoever has the link can take the invitee's place."""
    api = Api(client, alice)
    workspace = await api.create_workspace()
    interview = await api.create_interview(workspace)
    invitee = await api.invite(interview)
    path = f"/workspaces/{workspace['id']}/interviews/{interview['id']}"
    assert "link" in (await api.request("GET", f"{path}/invitees/{invitee['id']}")).json()
    people.join(workspace, bob, "observer")
    assert "link" not in (await Api(client, bob).request("GET", f"{path}/invitees/{invitee['id']}")).json()
    page = await client.get(f"/dashboard{path}", headers=bob.headers)
    assert page.status_code == 200
    assert "ines@example.com" in page.text
    assert "/i/" not in page.text
    assert "Send invitation" not in page.text
