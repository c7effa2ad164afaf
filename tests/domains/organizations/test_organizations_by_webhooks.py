"""Workspaces of an organization whose members and name Clerk tells by webhooks."""

import psycopg
import pytest

from tests.clerk import user_id
from tests.domains.organizations.conftest import CLERK, ORG, Office

OTHER_ORG = "org_other"


async def test_a_workspace_belongs_to_the_active_organization_and_its_members(office: Office) -> None:
    """Its name is the organization's, and everybody in the organization is in it, in their role."""
    await office.meet(1, 2, 3, 4)
    await office.name(ORG, "Acme Inc")
    await office.add(ORG, 1, "org:admin")
    await office.add(ORG, 2, "org:admin")
    await office.add(ORG, 3)
    await office.add(ORG, 4, "org:viewer")
    workspace = await office.create(office.token(1, ORG, "admin"))
    assert (workspace["organizationName"], workspace["role"]) == ("Acme Inc", "owner")
    assert workspace["organizationId"]
    assert office.members(workspace) == {
        1: ("owner", False),
        2: ("admin", True),
        3: ("member", True),
        4: ("observer", True),
    }


async def test_a_workspace_made_without_an_active_organization_belongs_to_nobody_else(office: Office) -> None:
    """Being in an organization shares nothing by itself."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme Inc")
    await office.add(ORG, 1)
    await office.add(ORG, 2)
    workspace = await office.create(office.token(1))
    assert (workspace["organizationName"], workspace.get("organizationId")) == ("Typed", None)
    assert office.members(workspace) == {1: ("owner", False)}


async def test_whoever_joins_the_organization_is_in_all_of_its_workspaces(office: Office) -> None:
    """Also who becomes known later than their membership, and no workspace of another organization."""
    await office.meet(1, 2)
    for organization in (ORG, OTHER_ORG):
        await office.name(organization, organization)
        await office.add(organization, 1)
    first, second = [await office.create(office.token(1, ORG), name) for name in "ab"]
    foreign = await office.create(office.token(1, OTHER_ORG))
    await office.add(ORG, 2)
    await office.add(ORG, 3)
    assert [set(office.members(one)) for one in (first, second, foreign)] == [{1, 2}, {1, 2}, {1}]
    await office.meet(3)
    assert [set(office.members(one)) for one in (first, second, foreign)] == [{1, 2, 3}, {1, 2, 3}, {1}]


async def test_a_first_sign_in_picks_up_the_remembered_membership(office: Office) -> None:
    """Without `user.created`, a person becomes known by their token."""
    await office.meet(1)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    await office.add(ORG, 2, "org:admin")
    workspace = await office.create(office.token(1, ORG))
    seen = await office.found(workspace, office.token(2))
    assert seen is not None
    assert seen["role"] == "admin"


async def test_a_role_follows(office: Office) -> None:
    """With the commit of the webhook, and whatever the token still says."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    await office.add(ORG, 2, "org:admin")
    workspace = await office.create(office.token(1, ORG))
    token = office.token(2, ORG, "admin", iat=int(CLERK.now()) - 200)
    path, body = f"/workspaces/{workspace['id']}", {"name": "Renamed"}
    assert (await office.ask("PATCH", path, token, body)).status_code == 200
    await office.add(ORG, 2, "org:observer")
    assert (await office.ask("PATCH", path, token, body)).status_code == 403
    assert office.members(workspace)[2] == ("observer", True)


async def test_who_is_removed_at_clerk_has_no_access_though_the_token_says_so(office: Office) -> None:
    """Access is decided by our rows alone, from the commit of the webhook on (G7)."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    membership = await office.add(ORG, 2)
    workspace = await office.create(office.token(1, ORG))
    token = office.token(2, ORG)
    assert await office.found(workspace, token) is not None
    await office.remove(membership)
    assert await office.found(workspace, token) is None
    # Another process, or a minute later, looks the person up again: the tombstone is newer than the token.
    other_token = office.token(2, ORG, "admin")
    assert await office.found(workspace, other_token) is None
    assert (await office.ask("GET", "/workspaces", token)).json() == []


async def test_a_late_event_does_not_bring_a_removed_member_back(office: Office) -> None:
    """The deletion carries the time of the last change, and wins over that and everything before."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    workspace = await office.create(office.token(1, ORG))
    before, last = await office.add(ORG, 2), await office.add(ORG, 2, "org:admin")
    await office.remove(last)
    await office.deliver("organizationMembership.created", before)
    await office.deliver("organizationMembership.updated", last)
    assert set(office.members(workspace)) == {1}
    await office.add(ORG, 2)
    assert set(office.members(workspace)) == {1, 2}


async def test_members_by_themselves_and_owners_stay(office: Office) -> None:
    """Leaving the organization ends only what followed from it."""
    await office.meet(1, 2, 3)
    await office.name(ORG, "Acme")
    owners = await office.add(ORG, 1)
    workspace = await office.create(office.token(1, ORG))
    office.make_member(workspace, 2, "observer")
    direct, derived = await office.add(ORG, 2, "org:admin"), await office.add(ORG, 3)
    assert office.members(workspace) == {1: ("owner", False), 2: ("observer", False), 3: ("member", True)}
    for membership in (owners, direct, derived):
        await office.remove(membership)
    assert office.members(workspace) == {1: ("owner", False), 2: ("observer", False)}


async def test_the_name_follows(office: Office) -> None:
    """A rename at Clerk renames the organization of its workspaces, and is in their audit log."""
    await office.meet(1)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    workspace = await office.create(office.token(1, ORG))
    await office.name(ORG, "Acme Ltd")
    seen = await office.found(workspace, office.token(1))
    assert seen is not None
    assert seen["organizationName"] == "Acme Ltd"
    [(_, actor, _, data)] = [event for event in office.events(workspace) if event[0] == "workspace.updated"]
    assert (actor, data["changes"]) == ("system", {"organizationName": {"old": "Acme", "new": "Acme Ltd"}})


async def test_the_name_of_an_organization_is_not_changed_here(office: Office) -> None:
    """409 with what to do; the same name, as a form sends it, is fine."""
    await office.meet(1)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    workspace, token = await office.create(office.token(1, ORG)), office.token(1)
    path = f"/workspaces/{workspace['id']}"
    refused = await office.ask("PATCH", path, token, {"organizationName": "Mine", "name": "New"})
    assert (refused.status_code, refused.json()["code"]) == (409, "organization-name-follows")
    assert "where you sign in" in refused.json()["detail"]
    taken = await office.ask("PATCH", path, token, {"organizationName": "Acme", "name": "New"})
    assert (taken.status_code, taken.json()["name"]) == (200, "New")


async def test_a_deleted_organization_leaves_the_workspaces_to_their_owners(office: Office) -> None:
    """Derived memberships end, the name stays as it was and can be changed again, and no token brings it back."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    late = await office.add(ORG, 2)
    workspace = await office.create(office.token(1, ORG))
    await office.delete(ORG)
    assert office.members(workspace) == {1: ("owner", False)}
    await office.deliver("organizationMembership.updated", late)
    await office.name(ORG, "Acme")
    assert await office.found(workspace, office.token(2, ORG, "admin")) is None
    path = f"/workspaces/{workspace['id']}"
    renamed = await office.ask("PATCH", path, office.token(1, ORG, "admin"), {"organizationName": "Mine"})
    assert (renamed.status_code, renamed.json()["organizationName"]) == (200, "Mine")
    assert "organizationId" not in renamed.json()
    made = await office.create(office.token(1, ORG, "admin"))
    assert "organizationId" not in made


async def test_what_follows_is_in_the_audit_log(office: Office) -> None:
    """By the system: joined, updated, removed; with what the API shows of a member."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    workspace = await office.create(office.token(1, ORG))
    await office.add(ORG, 2)
    await office.remove(await office.add(ORG, 2, "org:admin"))
    joined, updated, removed = [event for event in office.events(workspace) if event[0].startswith("member.")]
    assert [joined[0], updated[0], removed[0]] == ["member.joined", "member.updated", "member.removed"]
    assert {event[1:3] for event in (joined, removed, updated)} == {("system", "P2")}
    assert updated[3]["changes"] == {"role": {"old": "member", "new": "admin"}}
    assert (joined[3]["member"]["role"], joined[3]["member"]["email"]) == ("member", "person2@example.com")


async def test_a_delivery_twice_changes_nothing(office: Office) -> None:
    """Nothing is recorded a second time either."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    workspace = await office.create(office.token(1, ORG))
    membership = await office.add(ORG, 2)
    await office.deliver("organizationMembership.created", membership)
    await office.remove(membership)
    before = office.events(workspace)
    await office.remove(membership)
    await office.deliver("organizationMembership.created", membership)
    assert office.events(workspace) == before


async def test_the_membership_alone_names_the_organization(office: Office) -> None:
    """Its event carries the organization, so nothing is missing where only memberships are told."""
    await office.meet(1)
    await office.deliver("organizationMembership.created", CLERK.membership(ORG, 1, name="Told Ltd"))
    workspace = await office.create(office.token(1, ORG))
    assert workspace["organizationName"] == "Told Ltd"


async def test_a_workspace_outlives_the_account_of_its_only_owner(office: Office) -> None:
    """It passes to the organization's admin, and not to its members or observers."""
    await office.meet(1, 2, 3, 4)
    await office.name(ORG, "Acme")
    for person, role in ((1, "org:admin"), (2, "org:observer"), (3, "org:member"), (4, "org:admin")):
        await office.add(ORG, person, role)
    workspace = await office.create(office.token(1, ORG, "admin"))
    await office.deliver("user.deleted", {"id": user_id(1), "object": "user", "deleted": True})
    assert office.members(workspace) == {2: ("observer", True), 3: ("member", True), 4: ("owner", False)}


async def test_a_workspace_without_anybody_else_goes_with_its_owner(office: Office, conn: psycopg.Connection) -> None:
    """Observers do not inherit."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    await office.add(ORG, 2, "org:observer")
    await office.create(office.token(1, ORG))
    await office.deliver("user.deleted", {"id": user_id(1), "object": "user", "deleted": True})
    assert conn.execute('SELECT count(*) FROM "Workspace"').fetchone() == (0,)


@pytest.mark.parametrize(
    ("role", "derived"),
    [
        ("org:admin", "admin"),
        ("admin", "admin"),
        ("org:member", "member"),
        ("basic_member", "member"),
        ("org:billing", "member"),
        ("org:owner", "member"),
        ("org:observer", "observer"),
        ("org:viewer", "observer"),
        ("org:guest", "observer"),
        ("org:read_only", "observer"),
    ],
)
async def test_roles_are_mapped(office: Office, role: str, derived: str) -> None:
    """Clerk's own, and those that an operator has made up (decision 17)."""
    await office.meet(1, 2)
    await office.name(ORG, "Acme")
    await office.add(ORG, 1)
    workspace = await office.create(office.token(1, ORG))
    await office.add(ORG, 2, role)
    assert office.members(workspace)[2] == (derived, True)
