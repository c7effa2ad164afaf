"""A workspace that is there already is shared with its owner's organization, and no longer."""

import psycopg
import pytest

from qwalo.identity.models import Viewer
from qwalo.members import service as members
from qwalo.organizations import repository, service
from qwalo.platform.clock import now
from qwalo.platform.db.pool import Connection, Database
from qwalo.workspaces import service as workspaces
from tests.clerk import user_id
from tests.domains.organizations.conftest import ORG, Office
from tests.meetings import Work, meet


async def acme(office: Office) -> dict[str, object]:
    """Three people, the first two of whom are in Acme; the first has a workspace of their own."""
    await office.meet(1, 2, 3)
    await office.name(ORG, "Acme Inc")
    await office.add(ORG, 1)
    await office.add(ORG, 2, "org:admin")
    return await office.create(office.token(1))


def path(workspace: dict[str, object]) -> str:
    return f"/dashboard/workspaces/{workspace['id']}/organization"


async def test_an_owner_shares_a_workspace_with_their_organization(office: Office) -> None:
    """Its people are in it at once, the name is the organization's, and who did it is in the audit log."""
    workspace = await acme(office)
    shown = await office.open(path(workspace), office.token(1, ORG))
    assert (shown.status_code, "Share with Acme Inc" in shown.text) == (200, True)
    assert "2 of them have signed in here" in shown.text
    assert set(office.members(workspace)) == {1}
    sent = await office.open(path(workspace), office.token(1, ORG), send=True)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/dashboard/workspaces/{workspace['id']}/members")
    assert office.members(workspace) == {1: ("owner", False), 2: ("admin", True)}
    [(_, actor, _, data)] = [event for event in office.events(workspace) if event[0] == "workspace.updated"]
    assert (actor, data["changes"]["organizationName"]) == ("user", {"old": "Typed", "new": "Acme Inc"})


async def test_an_owner_stops_sharing(office: Office) -> None:
    """Who is in it by themselves stays, and nobody else."""
    workspace = await acme(office)
    office.make_member(workspace, 3, "member")
    await office.open(path(workspace), office.token(1, ORG), send=True)
    shown = await office.open(path(workspace), office.token(1, ORG))
    assert "Stop sharing" in shown.text
    assert "Share with Acme Inc" not in shown.text
    sent = await office.open(f"{path(workspace)}/removal", office.token(1, ORG), send=True)
    assert sent.status_code == 303
    assert office.members(workspace) == {1: ("owner", False), 3: ("member", False)}
    await office.add(ORG, 3)
    assert set(office.members(workspace)) == {1, 3}


async def test_a_workspace_moves_to_another_organization(office: Office) -> None:
    """Those of the first one leave it."""
    workspace = await acme(office)
    await office.name("org_other", "Other")
    await office.add("org_other", 1)
    await office.add("org_other", 3)
    await office.open(path(workspace), office.token(1, ORG), send=True)
    await office.open(path(workspace), office.token(1, "org_other"), send=True)
    assert office.members(workspace) == {1: ("owner", False), 3: ("member", True)}


async def test_without_an_active_organization_the_page_says_what_to_do(office: Office) -> None:
    """And a form sent nevertheless changes nothing."""
    workspace = await acme(office)
    shown = await office.open(path(workspace), office.token(1))
    assert (shown.status_code, "You have no organization chosen" in shown.text) == (200, True)
    sent = await office.open(path(workspace), office.token(1), send=True)
    assert (sent.status_code, sent.headers["location"]) == (303, path(workspace))
    assert set(office.members(workspace)) == {1}


async def test_only_an_owner_shares(office: Office) -> None:
    """An admin is told so, and for others the workspace does not exist."""
    workspace = await acme(office)
    await office.open(path(workspace), office.token(1, ORG), send=True)
    for person, status in ((2, 403), (3, 404)):
        token = office.token(person, ORG) if person == 2 else office.token(person)
        answers = [
            await office.open(path(workspace), token),
            await office.open(path(workspace), token, send=True),
            await office.open(f"{path(workspace)}/removal", token, send=True),
        ]
        assert [answer.status_code for answer in answers] == [status] * 3
    assert set(office.members(workspace)) == {1, 2}


async def test_who_has_left_the_organization_shares_nothing_with_it(office: Office) -> None:
    """Though the token still names it."""
    workspace = await acme(office)
    token = office.token(1, ORG)
    await office.open(path(workspace), token)
    await office.remove(await office.add(ORG, 1))
    await office.open(path(workspace), token, send=True)
    assert set(office.members(workspace)) == {1}


async def test_the_settings_lead_to_sharing_and_hold_the_name(office: Office) -> None:
    """The organization's name cannot be typed over."""
    workspace = await acme(office)
    settings = f"/dashboard/workspaces/{workspace['id']}/settings"
    before = await office.open(settings, office.token(1))
    assert path(workspace) in before.text
    assert "readonly" not in before.text
    await office.open(path(workspace), office.token(1, ORG), send=True)
    after = await office.open(settings, office.token(1))
    assert 'readonly="readonly"' in after.text
    assert "Everybody in Acme Inc is in this workspace" in after.text


async def test_who_is_removed_by_hand_stays_by_their_organization(office: Office) -> None:
    """A membership of their own, with a role of its own, gives way to the organization's."""
    workspace = await acme(office)
    office.make_member(workspace, 2, "observer")
    await office.open(path(workspace), office.token(1, ORG), send=True)
    assert office.members(workspace)[2] == ("observer", False)
    members = (await office.ask("GET", f"/workspaces/{workspace['id']}/members", office.token(1))).json()
    [member] = [one for one in members if one["role"] == "observer"]
    removed = await office.ask("DELETE", f"/workspaces/{workspace['id']}/members/{member['id']}", office.token(1))
    assert removed.status_code == 204
    assert office.members(workspace)[2] == ("admin", True)


async def test_the_form_of_a_new_workspace_says_who_will_see_it(office: Office) -> None:
    """Only where an organization is chosen."""
    await acme(office)
    path = "/dashboard/workspaces/new"
    assert "everybody in it will be in this workspace" in (await office.open(path, office.token(1, ORG))).text
    assert "everybody in it will" not in (await office.open(path, office.token(1))).text


async def test_who_joins_the_organization_while_sharing_ends_is_not_in_the_workspace(
    office: Office, database: Database, conn: psycopg.Connection
) -> None:
    """Neither misses the other, whoever ends it: an owner here, or another program."""
    workspace = await acme(office)
    await office.open(path(workspace), office.token(1, ORG), send=True)
    viewer = Viewer(str(workspace["ownerId"]), "session")
    ends: list[Work] = [
        lambda c: service.stop_sharing(c, viewer, str(workspace["id"])),
        lambda c: c.execute('UPDATE "Workspace" SET "organizationId" = NULL'),
    ]
    for end in ends:
        conn.execute('DELETE FROM "OrganizationMember" WHERE "clerkUserId" = %s', (user_id(3),))
        conn.execute('UPDATE "Workspace" SET "organizationId" = (SELECT "id" FROM "Organization")')

        async def first(c: Connection, end: Work = end) -> None:
            await end(c)
            # Here it stops, before it commits.
            await c.execute("SELECT 1")

        after = 1 if end is ends[1] else 7
        outcomes = await meet(
            database,
            conn,
            first,
            lambda c: repository.unscoped_apply_membership(c, ORG, user_id(3), "member", now()),
            after=after,
        )
        assert outcomes == ["done", "done"]
        assert office.members(workspace) == {1: ("owner", False)}


@pytest.mark.parametrize("after", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("clerk", ["renames", "deletes", "adds", "ends"])
@pytest.mark.parametrize("host", ["removes", "stops sharing", "deletes"])
async def test_clerk_and_an_owner_do_not_wait_for_each_other(
    office: Office, database: Database, conn: psycopg.Connection, host: str, clerk: str, after: int
) -> None:
    """Whoever is first, the organization comes before the workspace, and that before its members."""
    workspace = await acme(office)
    await office.open(path(workspace), office.token(1, ORG), send=True)
    await office.add(ORG, 3)
    conn.execute('UPDATE "WorkspaceMember" SET "organizationId" = NULL WHERE "role" = \'admin\'')
    row = conn.execute('SELECT "id" FROM "WorkspaceMember" WHERE "role" = \'admin\'').fetchone()
    assert row is not None
    member_id, viewer, place = row[0], Viewer(str(workspace["ownerId"]), "session"), str(workspace["id"])
    hosts: dict[str, Work] = {
        "removes": lambda c: members.remove(c, viewer, place, member_id),
        "stops sharing": lambda c: service.stop_sharing(c, viewer, place),
        "deletes": lambda c: workspaces.delete_workspace(c, viewer, place),
    }
    clerks: dict[str, Work] = {
        "renames": lambda c: repository.unscoped_apply_organization(c, ORG, "New", now()),
        "deletes": lambda c: repository.unscoped_delete_organization(c, ORG),
        "adds": lambda c: repository.unscoped_apply_membership(c, ORG, user_id(2), "observer", now()),
        "ends": lambda c: repository.unscoped_end_membership(c, ORG, user_id(3), "member", now()),
    }
    assert await meet(database, conn, hosts[host], clerks[clerk], after=after) == ["done", "done"]
