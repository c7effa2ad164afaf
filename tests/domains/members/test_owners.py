"""A workspace has an owner, always: leaving, stepping down, passing it on, and doing so at the same moment."""

import asyncio

import psycopg
import pytest

from tests.domains.members.house import Team, problem
from tests.people import Person


async def test_the_last_owner_stays(team: Team, alice: Person) -> None:
    """Neither leaving nor stepping down; the answer says what to do."""
    team.join("Adam", "admin")
    answers = [await team.remove(alice, alice), await team.change(alice, alice, "admin")]
    assert {problem(answer) for answer in answers} == {(409, "last-owner")}
    assert all("make somebody else owner first" in answer.json()["detail"] for answer in answers)
    assert team.roles() == {"Alice": "owner", "Adam": "admin"}


async def test_one_owner_may_change_and_remove_another(team: Team, alice: Person) -> None:
    """Also the one whose the workspace is."""
    olga, otto = team.join("Olga", "owner"), team.join("Otto", "owner")
    assert (await team.change(olga, otto, "member")).status_code == 200
    assert (await team.remove(olga, alice)).status_code == 204
    assert team.roles() == {"Olga": "owner", "Otto": "member"}
    assert team.owner_id() == olga.id


@pytest.mark.parametrize("way", ["leaves", "steps down", "is removed"])
async def test_the_workspace_passes_to_the_longest_other_owner(team: Team, alice: Person, way: str) -> None:
    """In the same transaction, and it is written down."""
    first, second = team.join("Olga", "owner"), team.join("Otto", "owner")
    match way:
        case "leaves":
            answer = await team.remove(alice, alice)
        case "steps down":
            answer = await team.change(alice, alice, "observer")
        case _:
            answer = await team.remove(second, alice)
    assert answer.is_success, answer.text
    assert team.owner_id() == first.id
    assert "workspace.transferred" in team.events()


async def test_an_owner_whose_the_workspace_is_not_leaves_it_as_it_is(team: Team, alice: Person) -> None:
    """No transfer is written down."""
    olga = team.join("Olga", "owner")
    assert (await team.remove(olga, olga)).status_code == 204
    assert team.owner_id() == alice.id
    assert team.events() == ["member.removed"]


async def test_a_transfer_makes_the_other_owner_and_oneself_admin(
    team: Team, alice: Person, conn: psycopg.Connection
) -> None:
    """In one step; the answer is the new owner."""
    mona = team.join("Mona", "member")
    answer = await team.transfer(alice, team.member_id(mona))
    assert answer.status_code == 201
    assert (answer.json()["userId"], answer.json()["role"]) == (mona.id, "owner")
    assert team.roles() == {"Alice": "admin", "Mona": "owner"}
    assert team.owner_id() == mona.id
    assert sorted(team.events()) == ["member.updated", "member.updated", "workspace.transferred"]
    row = conn.execute("""SELECT "data" FROM "AuditEvent" WHERE "type" = 'workspace.transferred'""").fetchone()
    assert row is not None
    assert row[0]["changes"] == {"ownerId": {"old": alice.id, "new": mona.id}}


async def test_a_workspace_can_be_passed_on_to_another_owner(team: Team, alice: Person) -> None:
    """Who is one already."""
    olga = team.join("Olga", "owner")
    assert (await team.transfer(alice, team.member_id(olga))).status_code == 201
    assert team.roles() == {"Alice": "admin", "Olga": "owner"}
    assert team.owner_id() == olga.id


async def test_a_workspace_can_be_passed_on_to_somebody_of_the_organization(team: Team, alice: Person) -> None:
    """They own it then, whatever becomes of the organization."""
    mona = team.join("Mona", "member", organization=True)
    answer = await team.transfer(alice, team.member_id(mona))
    assert answer.status_code == 201
    assert "managedBy" not in answer.json()
    assert team.owner_id() == mona.id


async def test_a_workspace_is_passed_on_to_nobody_who_cannot_own_it(team: Team, alice: Person) -> None:
    """Neither to who is invited, nor to oneself; only owners do it at all."""
    adam = team.join("Adam", "admin")
    invited = await team.invite(alice, "guest@example.com")
    assert problem(await team.transfer(alice, invited["id"])) == (409, "member-not-joined")
    assert problem(await team.transfer(alice, team.member_id(alice))) == (409, "owner-already")
    assert problem(await team.transfer(adam, team.member_id(adam))) == (403, "not-allowed")
    assert (await team.transfer(alice, "")).status_code == 422
    assert (await team.transfer(alice, "a\0b")).status_code == 422
    assert team.roles() == {"Alice": "owner", "Adam": "admin"}


@pytest.mark.parametrize("_round", range(4))
async def test_two_owners_who_leave_at_once_leave_one(team: Team, alice: Person, _round: int) -> None:
    """The second one is told that they are the last."""
    olga = team.join("Olga", "owner")
    answers = await asyncio.gather(team.remove(alice, alice), team.remove(olga, olga))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    [(owner, role)] = team.roles().items()
    assert role == "owner"
    assert team.owner_id() == (alice.id if owner == "Alice" else olga.id)


async def test_two_owners_who_demote_each_other_at_once_leave_one(team: Team, alice: Person) -> None:
    """Whoever is second is none any more, and may not."""
    olga = team.join("Olga", "owner")
    answers = await asyncio.gather(team.change(alice, olga, "observer"), team.change(olga, alice, "observer"))
    assert sorted(answer.status_code for answer in answers) == [200, 403]
    assert sorted(team.roles().values()) == ["observer", "owner"]


async def test_of_two_invitations_at_once_one_is_made(team: Team, alice: Person) -> None:
    """The other one is told so, and one mail goes out."""
    adam = team.join("Adam", "admin")
    body = {"email": "guest@example.com", "role": "member"}
    answers = await asyncio.gather(*(team.ask(one, "POST", team.members, body) for one in (alice, adam, alice, adam)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert team.events() == ["member.invited"]
