"""Organizations as session tokens tell them: they work without webhooks, and tokens authorise nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from qwalo.identity.clerk.tokens import ActiveOrganization
from qwalo.organizations import syncing
from qwalo.platform.db.pool import Database
from tests.clerk import ClerkStandIn, active_organization, user_id
from tests.domains.organizations.conftest import CLERK, ORG, Office

ADMIN = ActiveOrganization(ORG, "admin", "acme")
MEMBER = ActiveOrganization(ORG, "member", "acme")


async def test_organizations_work_without_webhooks(office: Office) -> None:
    """The first workspace names the organization, and whoever comes with it active is a member."""
    workspace = await office.create(office.token(1, ORG, "admin"), organization="Acme Inc")
    assert workspace["organizationName"] == "Acme Inc"
    seen = await office.found(workspace, office.token(2, ORG))
    assert seen is not None
    assert seen["role"] == "member"
    assert await office.found(workspace, office.token(3)) is None
    second = await office.create(office.token(2, ORG), organization="Something else")
    assert second["organizationName"] == "Acme Inc"
    assert office.members(second) == {1: ("admin", True), 2: ("owner", False)}


async def test_clerks_name_replaces_the_one_that_the_first_workspace_brought(office: Office) -> None:
    """As soon as it is told."""
    workspace = await office.create(office.token(1, ORG), organization="acme?")
    await office.name(ORG, "Acme Inc")
    seen = await office.found(workspace, office.token(1))
    assert seen is not None
    assert seen["organizationName"] == "Acme Inc"


async def test_tokens_of_version_1_tell_the_same(office: Office) -> None:
    """Operators can still choose them."""
    token = office.token(1, v=None, org_id=ORG, org_role="org:admin", org_slug="acme")
    await office.create(token)
    workspace = await office.create(office.token(2, ORG))
    assert office.members(workspace) == {1: ("admin", True), 2: ("owner", False)}


async def test_switching_the_organization_is_noticed_at_once(office: Office) -> None:
    """Though the person was looked up a moment ago."""
    made = [await office.create(office.token(1, organization)) for organization in (None, ORG, "org_other", None, ORG)]
    ids = [workspace.get("organizationId") for workspace in made]
    assert ids[0] is None
    assert ids[3] is None
    assert ids[1] == ids[4] != ids[2]


async def test_another_role_in_the_token_is_noticed_at_once(office: Office) -> None:
    """Where no event is newer."""
    now = int(CLERK.now())
    workspace = await office.create(office.token(1, ORG))
    await office.found(workspace, office.token(2, ORG, "member", iat=now - 20))
    assert office.members(workspace)[2] == ("member", True)
    await office.found(workspace, office.token(2, ORG, "admin", iat=now - 10))
    assert office.members(workspace)[2] == ("admin", True)


async def test_an_event_is_believed_before_an_older_token(office: Office) -> None:
    """A token may be a minute old."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    await office.add(ORG, 2, "org:observer")
    workspace = await office.create(office.token(1, ORG))
    old = int(CLERK.now()) - 200
    await office.found(workspace, office.token(2, ORG, "admin", iat=old))
    assert office.members(workspace)[2] == ("observer", True)


async def test_a_token_after_the_end_of_a_membership_brings_it_back(database: Database, office: Office) -> None:
    """Who joins again is in again without webhooks; who holds an older token is not."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    workspace = await office.create(office.token(1, ORG))
    await office.remove(await office.add(ORG, 2))
    now = datetime.now(UTC)
    async with database.connection() as conn:
        for seconds, present in ((-60, False), (-1, False), (60, True)):
            made_at = now + timedelta(seconds=seconds)
            entered = await syncing.enter(conn, user_id(2), ADMIN, made_at)
            assert (entered is not None, 2 in office.members(workspace)) == (present, present)
    assert office.members(workspace)[2] == ("admin", True)


async def test_the_same_deletion_again_does_not_end_the_membership_that_a_token_told(
    database: Database, office: Office
) -> None:
    """Deliveries are repeated for days."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    workspace = await office.create(office.token(1, ORG))
    membership = await office.add(ORG, 2)
    await office.remove(membership)
    async with database.connection() as conn:
        await syncing.enter(conn, user_id(2), MEMBER, datetime.now(UTC) + timedelta(seconds=60))
    await office.remove(membership)
    assert 2 in office.members(workspace)


async def test_a_token_that_tells_nothing_new_writes_nothing(database: Database, office: Office) -> None:
    """One look, and no transaction, for the thousands of requests between two changes."""
    await office.meet(1)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    async with database.connection() as conn:
        rows = 'SELECT xmin::text FROM "OrganizationMember" UNION ALL SELECT xmin::text FROM "Organization"'
        before = [row[0] for row in await conn.fetch(rows)]
        for seconds in (-60, 0, 60):
            made_at = datetime.now(UTC) + timedelta(seconds=seconds)
            assert await syncing.enter(conn, user_id(1), MEMBER, made_at) is not None
        assert [row[0] for row in await conn.fetch(rows)] == before


async def test_who_has_left_makes_a_workspace_of_their_own(office: Office) -> None:
    """The organization that a token still names is asked for in the database when it counts."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    membership = await office.add(ORG, 1)
    await office.add(ORG, 2)
    token = office.token(1, ORG)
    await office.create(token)
    await office.remove(membership)
    workspace = await office.create(token)
    assert "organizationId" not in workspace
    assert office.members(workspace) == {1: ("owner", False)}


MALFORMED = {
    "empty": {"o": {}},
    "a list": {"o": []},
    "text": {"o": ORG},
    "no role": {"o": {"id": ORG}},
    "no id": {"o": {"rol": "admin"}},
    "role of another type": {"o": active_organization(ORG) | {"rol": ["admin"]}},
    "empty role": {"o": active_organization(ORG, "")},
    "nothing but the prefix": {"o": active_organization(ORG, "org:")},
    "odd role": {"o": active_organization(ORG, "admin\x00")},
    "odd id": {"o": active_organization("org 1")},
    "long id": {"o": active_organization("x" * 129)},
    "slug of another type": {"o": active_organization(ORG) | {"slg": 1}},
    "version 1 without a role": {"v": None, "org_id": ORG},
    "version 1 with an odd id": {"v": None, "org_id": "", "org_role": "org:admin"},
    "version 1 with an odd role": {"v": None, "org_id": ORG, "org_role": 1},
}


@pytest.mark.parametrize("claims", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_organization_refuses_the_token(
    office: Office, conn: psycopg.Connection, claims: dict[str, Any]
) -> None:
    """Clerk makes none: nobody is signed in, and nothing is stored."""
    answer = await office.ask("GET", "/me", office.token(1, **claims))
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")
    assert conn.execute('SELECT count(*) FROM "OrganizationMember"').fetchone() == (0,)


@pytest.mark.parametrize(
    "claims",
    [{"o": None}, {"org_id": ORG, "org_role": "org:admin"}, {"v": None, "org_role": "org:admin"}],
    ids=["none", "old claims in a new token", "a role without an organization"],
)
async def test_a_token_without_an_organization_is_fine(
    office: Office, conn: psycopg.Connection, claims: dict[str, Any]
) -> None:
    """In a token of version 2, claims under the old names are the operator's own."""
    assert (await office.ask("GET", "/me", office.token(1, **claims))).status_code == 200
    assert conn.execute('SELECT count(*) FROM "OrganizationMember"').fetchone() == (0,)


async def test_a_forged_organization_lets_nobody_in(office: Office) -> None:
    """Signed by another key, it is no token."""
    workspace = await office.create(office.token(1, ORG))
    forged = ClerkStandIn(public_url="http://qwalo.test").token(2, o=active_organization(ORG, "admin"))
    assert (await office.ask("GET", f"/workspaces/{workspace['id']}", forged)).status_code == 401
    assert set(office.members(workspace)) == {1}
