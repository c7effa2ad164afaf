"""Members by the JSON API: who sees them, who invites, changes and removes whom, and what is refused."""

from itertools import pairwise
from typing import Any

import psycopg
import pytest

from tests.domains.members.house import Client, Team, make_team, problem
from tests.people import People, Person

GUEST = "guest@example.com"


async def test_the_creator_is_the_owner_and_the_only_member(team: Team, alice: Person) -> None:
    """With all that is known, and nothing of invitations."""
    [member] = (await team.ask(alice, "GET", team.members)).json()
    assert {name: member[name] for name in ("workspaceId", "role", "status", "email", "name", "userId")} == {
        "workspaceId": team.id,
        "role": "owner",
        "status": "active",
        "email": alice.email,
        "name": "Alice",
        "userId": alice.id,
    }
    assert "joinedAt" in member
    assert not {"sentAt", "linkExpiresAt", "deliveryProblem", "managedBy"} & member.keys()


@pytest.mark.parametrize("role", ["admin", "member", "observer"])
async def test_every_role_sees_the_members(team: Team, alice: Person, role: str) -> None:
    """Newest first, invitations among them."""
    other = team.join("Olga", role)
    await team.invite(alice, GUEST)
    listed = (await team.ask(other, "GET", team.members)).json()
    assert {member["email"] for member in listed} == {alice.email, other.email, GUEST}
    assert all(one["createdAt"] >= two["createdAt"] for one, two in pairwise(listed))
    one = await team.ask(other, "GET", f"{team.members}/{team.member_id(alice)}")
    assert one.json() in listed


async def test_a_long_list_comes_in_pages(team: Team, alice: Person) -> None:
    """The `Link` header leads through all of it, each member once."""
    for number in range(5):
        await team.invite(alice, f"guest{number}@example.com")
    seen: list[str] = []
    address: str | None = f"{team.members}?limit=2"
    while address:
        page = await team.ask(alice, "GET", address)
        seen += [member["id"] for member in page.json()]
        address = page.links.get("next", {}).get("url")
    assert len(seen) == len(set(seen)) == 6


async def test_an_invitation_is_a_member_without_a_user(team: Team, alice: Person, conn: psycopg.Connection) -> None:
    """Its mail is deferred, its link works for two weeks, and no answer holds it."""
    invited = await team.invite(alice, "Guest@Example.com", "observer")
    assert (invited["email"], invited["role"], invited["status"]) == (GUEST, "observer", "invited")
    assert "linkExpiresAt" in invited
    assert not {"userId", "joinedAt", "name", "link"} & invited.keys()
    row = conn.execute(
        'SELECT "linkExpiresAt" - "createdAt" > interval \'13 days\' FROM "WorkspaceMember" WHERE "userId" IS NULL'
    ).fetchone()
    assert row == (True,)
    jobs = conn.execute("SELECT task_name, args FROM procrastinate_jobs").fetchall()
    assert jobs == [("members.send_invitation", {"member_id": invited["id"], "link_version": "1"})]


async def test_admins_manage_all_but_owners(team: Team, alice: Person) -> None:
    """Other admins included."""
    adam, anna, mona = team.join("Adam", "admin"), team.join("Anna", "admin"), team.join("Mona", "member")
    assert (await team.change(adam, mona, "admin")).json()["role"] == "admin"
    assert (await team.change(adam, anna, "observer")).json()["role"] == "observer"
    assert (await team.remove(adam, mona)).status_code == 204
    await team.invite(adam, GUEST, "admin")
    assert problem(await team.change(adam, alice, "member")) == (403, "only-owners")
    assert problem(await team.remove(adam, alice)) == (403, "only-owners")
    assert problem(await team.change(adam, anna, "owner")) == (403, "only-owners")
    assert problem(await team.change(adam, adam, "owner")) == (403, "only-owners")
    assert team.roles() == {"Alice": "owner", "Adam": "admin", "Anna": "observer"}


@pytest.mark.parametrize("role", ["member", "observer"])
async def test_members_and_observers_manage_nobody(team: Team, alice: Person, role: str) -> None:
    """403 says which role it takes, and nothing changes."""
    mona, other = team.join("Mona", role), team.join("Otto", "observer")
    invited = await team.invite(alice, GUEST)
    answers = [
        await team.ask(mona, "POST", team.members, {"email": "x@example.com", "role": "observer"}),
        await team.change(mona, other, "member"),
        await team.change(mona, mona, "admin"),
        await team.remove(mona, other),
        await team.ask(mona, "DELETE", f"{team.members}/{invited['id']}"),
        await team.ask(mona, "POST", f"{team.members}/{invited['id']}/invitations"),
        await team.transfer(mona, team.member_id(other)),
    ]
    assert {problem(answer) for answer in answers} == {(403, "not-allowed")}
    assert team.roles() == {"Alice": "owner", "Mona": role, "Otto": "observer"}
    assert team.events() == ["member.invited"]


@pytest.mark.parametrize("role", ["admin", "member", "observer"])
async def test_everybody_may_leave(team: Team, role: str) -> None:
    """After it, the workspace does not exist for them."""
    mona = team.join("Mona", role)
    assert (await team.remove(mona, mona)).status_code == 204
    assert (await team.ask(mona, "GET", team.path)).status_code == 404
    assert (await team.ask(mona, "GET", team.members)).status_code == 404


async def test_an_owner_makes_further_owners(team: Team, alice: Person) -> None:
    """Whose the workspace is stays as it is."""
    olga = team.join("Olga", "admin")
    assert (await team.change(alice, olga, "owner")).json()["role"] == "owner"
    assert team.owner_id() == alice.id
    assert (await team.remove(olga, alice)).status_code == 204
    assert team.owner_id() == olga.id


@pytest.mark.parametrize("body", [{"role": "king"}, {"role": None}, {"role": "Owner"}, {}, {"role": "admin", "x": 1}])
async def test_a_role_that_is_none_is_refused(team: Team, alice: Person, body: dict[str, Any]) -> None:
    """By invitations and by changes, with the field."""
    mona = team.join("Mona", "member")
    changed = await team.ask(alice, "PATCH", f"{team.members}/{team.member_id(mona)}", body)
    invited = await team.ask(alice, "POST", team.members, {"email": GUEST} | body)
    for answer in (changed, invited):
        assert answer.status_code == 422
        assert answer.json()["errors"]
    assert team.roles()["Mona"] == "member"


async def test_nobody_is_invited_as_owner(team: Team, alice: Person) -> None:
    """422 for the invitation; one that is there cannot become it."""
    answer = await team.ask(alice, "POST", team.members, {"email": GUEST, "role": "owner"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "role"
    invited = await team.invite(alice, GUEST)
    changed = await team.ask(alice, "PATCH", f"{team.members}/{invited['id']}", {"role": "owner"})
    assert problem(changed) == (409, "member-not-joined")


@pytest.mark.parametrize("email", ["", "guest", "guest@", "a b@example.com", "x" * 255 + "@example.com"])
async def test_an_address_that_is_none_is_refused(team: Team, alice: Person, email: str) -> None:
    """422 with the field."""
    answer = await team.ask(alice, "POST", team.members, {"email": email, "role": "member"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "email"


async def test_an_address_that_is_here_is_not_invited_again(team: Team, alice: Person) -> None:
    """However it is written; the answer says what to do instead."""
    mona = team.join("Mona", "member")
    await team.invite(alice, GUEST)
    again = await team.ask(alice, "POST", team.members, {"email": "GUEST@example.com", "role": "admin"})
    assert problem(again) == (409, "member-already-invited")
    assert "send the invitation again" in again.json()["detail"]
    member = await team.ask(alice, "POST", team.members, {"email": mona.email.upper(), "role": "admin"})
    assert problem(member) == (409, "already-member")
    assert "change their role" in member.json()["detail"]


async def test_the_role_of_an_invitation_can_change(team: Team, alice: Person) -> None:
    """Before it is accepted."""
    invited = await team.invite(alice, GUEST, "observer")
    changed = await team.ask(alice, "PATCH", f"{team.members}/{invited['id']}", {"role": "admin"})
    assert (changed.json()["role"], changed.json()["status"]) == ("admin", "invited")


async def test_sent_again_the_link_lasts_from_now_on(team: Team, alice: Person, conn: psycopg.Connection) -> None:
    """An expired one works again, what went wrong is forgotten, and another mail is deferred."""
    invited = await team.invite(alice, GUEST)
    conn.execute(
        """UPDATE "WorkspaceMember" SET "linkExpiresAt" = utc_now() - interval '1 day', "deliveryProblem" = 'x',
        "sentAt" = utc_now() WHERE "userId" IS NULL"""
    )
    again = await team.ask(alice, "POST", f"{team.members}/{invited['id']}/invitations")
    assert again.status_code == 201
    assert again.json()["linkExpiresAt"] >= invited["linkExpiresAt"]
    assert not {"deliveryProblem", "sentAt", "link"} & again.json().keys()
    versions = conn.execute("SELECT args->>'link_version' FROM procrastinate_jobs ORDER BY id").fetchall()
    assert versions == [("1",), ("2",)]
    joined = await team.ask(alice, "POST", f"{team.members}/{team.member_id(alice)}/invitations")
    assert problem(joined) == (409, "member-has-joined")


def age(conn: psycopg.Connection, member_id: str, seconds: int) -> None:
    """As if what has happened to this invitation had happened longer ago."""
    conn.execute(
        """UPDATE "AuditEvent" SET "createdAt" = "createdAt" - %s * interval '1 second' WHERE "objectId" = %s""",
        (seconds, member_id),
    )


async def test_an_invitation_is_sent_again_once_a_minute(team: Team, alice: Person, conn: psycopg.Connection) -> None:
    """No mail goes out, and the answer says how long to wait."""
    invited = await team.invite(alice, GUEST)
    again = f"{team.members}/{invited['id']}/invitations"
    assert (await team.ask(alice, "POST", again)).status_code == 201
    refused = await team.ask(alice, "POST", again)
    assert problem(refused) == (429, "member-invited-too-often")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert conn.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (2,)
    age(conn, invited["id"], 61)
    assert (await team.ask(alice, "POST", again)).status_code == 201


async def test_an_invitation_is_sent_again_five_times_a_day(
    team: Team, alice: Person, conn: psycopg.Connection
) -> None:
    """By whomever; another invitation is counted for itself."""
    adam = team.join("Adam", "admin")
    invited, other = await team.invite(alice, GUEST), await team.invite(alice, "other@example.com")
    again = f"{team.members}/{invited['id']}/invitations"
    for number in range(5):
        assert (await team.ask((alice, adam)[number % 2], "POST", again)).status_code == 201
        age(conn, invited["id"], 3600)
    refused = await team.ask(alice, "POST", again)
    assert problem(refused) == (429, "member-invited-too-often")
    assert "wait 19 hours" in refused.json()["detail"]
    assert (await team.ask(alice, "POST", f"{team.members}/{other['id']}/invitations")).status_code == 201
    age(conn, invited["id"], 19 * 3600 + 1)
    assert (await team.ask(alice, "POST", again)).status_code == 201


async def test_a_workspace_has_two_hundred_open_invitations_at_most(
    team: Team, alice: Person, conn: psycopg.Connection
) -> None:
    """409 says what to do; members do not count."""
    invited = await team.invite(alice, GUEST)
    conn.execute(
        """
        INSERT INTO "WorkspaceMember" ("id", "workspaceId", "email", "role")
        SELECT 'invitation ' || number, %s, number || '@example.com', 'member' FROM generate_series(1, 199) number
        """,
        (team.id,),
    )
    body = {"email": "more@example.com", "role": "member"}
    assert problem(await team.ask(alice, "POST", team.members, body)) == (409, "too-many-invitations")
    await team.ask(alice, "DELETE", f"{team.members}/{invited['id']}")
    assert (await team.ask(alice, "POST", team.members, body)).status_code == 201


async def test_a_revoked_invitation_is_gone(team: Team, alice: Person) -> None:
    """And the address can be invited anew."""
    invited = await team.invite(alice, GUEST)
    assert (await team.ask(alice, "DELETE", f"{team.members}/{invited['id']}")).status_code == 204
    assert problem(await team.ask(alice, "GET", f"{team.members}/{invited['id']}")) == (404, "member-not-found")
    assert (await team.invite(alice, GUEST))["id"] != invited["id"]
    assert team.events() == ["member.invited", "member.revoked", "member.invited"]


async def test_a_member_of_another_workspace_is_not_there(
    client: Client, people: People, conn: psycopg.Connection, team: Team, alice: Person, bob: Person
) -> None:
    """Neither one's own elsewhere, nor another's, nor an unknown one; the same words for all of them."""
    sister = await make_team(client, people, conn, alice)
    foreign = await make_team(client, people, conn, bob)
    ids = [sister.member_id(alice), foreign.member_id(bob), "missing", "x" * 300]
    for method, rest, body in [
        ("GET", "", None),
        ("PATCH", "", {"role": "member"}),
        ("DELETE", "", None),
        ("POST", "/invitations", None),
    ]:
        answers = [await team.ask(alice, method, f"{team.members}/{one}{rest}", body) for one in ids]
        assert {problem(answer) for answer in answers} == {(404, "member-not-found")}
        assert len({answer.text for answer in answers}) == 1
    for one in ids[:3]:
        assert problem(await team.transfer(alice, one)) == (404, "member-not-found")


async def test_for_strangers_there_is_no_workspace(team: Team, alice: Person, bob: Person) -> None:
    """Every route answers 404, and nothing changes."""
    own = team.member_id(alice)
    answers = [
        await team.ask(bob, "GET", team.members),
        await team.ask(bob, "POST", team.members, {"email": GUEST, "role": "member"}),
        await team.ask(bob, "GET", f"{team.members}/{own}"),
        await team.ask(bob, "PATCH", f"{team.members}/{own}", {"role": "member"}),
        await team.ask(bob, "DELETE", f"{team.members}/{own}"),
        await team.ask(bob, "POST", f"{team.members}/{own}/invitations"),
        await team.transfer(bob, own),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert team.roles() == {"Alice": "owner"}


async def test_users_of_api_keys_are_never_seen(team: Team, alice: Person) -> None:
    """Neither in the list nor by their id."""
    key = team.add_key()
    assert [member["name"] for member in (await team.ask(alice, "GET", team.members)).json()] == ["Alice"]
    for method, body in [("GET", None), ("PATCH", {"role": "observer"}), ("DELETE", None)]:
        assert problem(await team.ask(alice, method, f"{team.members}/{key}", body)) == (404, "member-not-found")
    assert problem(await team.transfer(alice, key)) == (404, "member-not-found")


async def test_what_the_organization_manages_is_not_changed_here(team: Team, alice: Person) -> None:
    """Not even by the person itself."""
    mona = team.join("Mona", "member", organization=True)
    member = (await team.ask(mona, "GET", f"{team.members}/{team.member_id(mona)}")).json()
    assert member["managedBy"] == "organization"
    answers = [await team.change(alice, mona, "admin"), await team.remove(alice, mona), await team.remove(mona, mona)]
    assert {problem(answer) for answer in answers} == {(409, "managed-by-organization")}


async def test_what_happened_is_written_down(team: Team, alice: Person, conn: psycopg.Connection) -> None:
    """By whom, to whom, and what changed; never with the link or its hash."""
    mona = team.join("Mona", "member")
    invited = await team.invite(alice, GUEST)
    await team.ask(alice, "POST", f"{team.members}/{invited['id']}/invitations")
    await team.change(alice, mona, "observer")
    await team.change(alice, mona, "observer")
    await team.remove(alice, mona)
    assert team.events() == ["member.invited", "member.reinvited", "member.updated", "member.removed"]
    rows = conn.execute(
        """SELECT "actorId", "objectLabel", "data" FROM "AuditEvent" WHERE "type" LIKE 'member.%'
        ORDER BY "createdAt", "id" """
    ).fetchall()
    assert {row[0] for row in rows} == {alice.id}
    assert [row[1] for row in rows] == [GUEST, GUEST, "Mona", "Mona"]
    assert rows[0][2] == {"member": invited}
    assert rows[2][2]["changes"] == {"role": {"old": "member", "new": "observer"}}
    assert "token" not in str(rows).lower()
