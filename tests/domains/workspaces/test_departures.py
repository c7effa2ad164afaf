"""A person's account goes: their workspaces pass to others, and what triggers did is in the audit log."""

from typing import Any

import psycopg
import pytest

from tests.domains.members.house import Team
from tests.people import Api, People, Person


def close(conn: psycopg.Connection, person: Person) -> None:
    conn.execute('DELETE FROM "User" WHERE "id" = %s', (person.id,))


def told(conn: psycopg.Connection, team: Team) -> list[tuple[str, str, dict[str, Any]]]:
    """(type, who did it, data) of what is not of the workspace's making."""
    return conn.execute(
        """
        SELECT "type", "actorKind"::text, "data" FROM "AuditEvent"
        WHERE "workspaceId" = %s AND "type" <> 'workspace.created' ORDER BY "type" DESC
        """,
        (team.id,),
    ).fetchall()


@pytest.mark.parametrize(
    ("others", "heir"),
    [
        (("Mona member", "Adam admin", "Olga owner", "Otto owner"), "Olga"),
        (("Mona member", "Oscar observer", "Adam admin", "Anna admin"), "Adam"),
        (("Oscar observer", "Mona member", "Max member"), "Mona"),
    ],
)
async def test_a_workspace_passes_to_who_is_highest_and_longest_in_it(
    team: Team, conn: psycopg.Connection, alice: Person, others: tuple[str, ...], heir: str
) -> None:
    """Of the other owners, or else of the admins, or else of the members."""
    team.add_key()
    people = {name: team.join(name, role) for name, role in (other.split() for other in others)}
    close(conn, alice)
    assert team.owner_id() == people[heir].id
    assert team.roles()[heir] == "owner"


async def test_neither_observers_nor_api_keys_inherit(team: Team, conn: psycopg.Connection, alice: Person) -> None:
    """Where nobody else is there, the workspace goes."""
    team.add_key()
    team.join("Oscar", "observer")
    close(conn, alice)
    assert conn.execute('SELECT count(*) FROM "Workspace"').fetchone() == (0,)


async def test_somebody_elses_workspace_stays_as_it_is(
    team: Team, conn: psycopg.Connection, alice: Person, people: People
) -> None:
    """Though the person who goes is an owner of it, too."""
    olga = team.join("Olga", "owner")
    close(conn, olga)
    assert team.owner_id() == alice.id
    assert [event for event, _, _ in told(conn, team)] == ["member.removed"]


async def test_both_are_written_down_as_nobodys_deed(team: Team, conn: psycopg.Connection, alice: Person) -> None:
    """In the shape in which the members' own events are."""
    adam = team.join("Adam", "admin")
    member = (await team.ask(adam, "GET", f"{team.members}/{team.member_id(alice)}")).json()
    close(conn, alice)
    transferred, removed = told(conn, team)
    assert transferred[:2] == ("workspace.transferred", "system")
    assert transferred[2]["changes"] == {"ownerId": {"old": alice.id, "new": adam.id}}
    assert transferred[2]["workspace"]["ownerId"] == adam.id
    assert removed == ("member.removed", "system", {"member": member})


async def test_who_came_by_an_invitation_is_shown_as_the_api_shows_them(
    team: Team, conn: psycopg.Connection, alice: Person
) -> None:
    """When it was sent, and nothing of its link, which is worth nothing any more."""
    mona = team.join("Mona", "member")
    conn.execute('UPDATE "WorkspaceMember" SET "sentAt" = "joinedAt" WHERE "userId" = %s', (mona.id,))
    member = (await team.ask(alice, "GET", f"{team.members}/{team.member_id(mona)}")).json()
    assert "sentAt" in member
    close(conn, mona)
    assert told(conn, team) == [("member.removed", "system", {"member": member})]


async def test_somebody_without_a_name_is_called_so(team: Team, conn: psycopg.Connection, alice: Person) -> None:
    """As in the events that a request writes."""
    mona = team.join("Mona", "member")
    conn.execute('UPDATE "User" SET "name" = NULL, "email" = NULL WHERE "id" = %s', (mona.id,))
    close(conn, mona)
    row = conn.execute("""SELECT "objectLabel" FROM "AuditEvent" WHERE "type" = 'member.removed'""").fetchone()
    assert row == ("Somebody without a name",)


async def test_a_key_that_goes_is_no_member_who_was_removed(
    team: Team, conn: psycopg.Connection, alice: Person
) -> None:
    """Its own event says what happened."""
    key = (await team.ask(alice, "POST", f"{team.path}/api-keys", {"name": "ci", "scope": "write"})).json()
    conn.execute('DELETE FROM "ApiKey" WHERE "id" = %s', (key["id"],))
    assert [event for event, _, _ in told(conn, team)] == ["api_key.created"]


async def test_another_program_that_passes_a_workspace_on_is_written_down(
    team: Team, conn: psycopg.Connection, alice: Person, bob: Person
) -> None:
    """Once, and not where the owner stays the same."""
    conn.execute('UPDATE "Workspace" SET "ownerId" = %s WHERE "id" = %s', (bob.id, team.id))
    conn.execute('UPDATE "Workspace" SET "ownerId" = %s WHERE "id" = %s', (bob.id, team.id))
    assert [(event, actor) for event, actor, _ in told(conn, team)] == [("workspace.transferred", "system")]


async def test_who_passes_a_workspace_on_is_written_down(team: Team, conn: psycopg.Connection, alice: Person) -> None:
    """Once, with their name and where the request came from."""
    mona = team.join("Mona", "member")
    await team.transfer(alice, team.member_id(mona))
    rows = conn.execute(
        """
        SELECT "actorKind"::text, "actorId", "actorLabel", "address" IS NOT NULL, "requestId" IS NOT NULL
        FROM "AuditEvent" WHERE "type" = 'workspace.transferred'
        """
    ).fetchall()
    assert rows == [("user", alice.id, "Alice", True, True)]


async def test_a_change_is_told_in_few_lines_and_not_to_keys(
    team: Team, conn: psycopg.Connection, alice: Person, people: People
) -> None:
    """However many are in the workspace: a line holds what PostgreSQL can send."""
    team.add_key()
    crowd = [team.join(f"Person{number}", "member").id for number in range(400)]
    crowd.append(team.join("Oscar", "observer").id)
    interview = await Api(team._client, alice).create_interview({"id": team.id})
    invitee = await Api(team._client, alice).invite(interview)
    conn.execute("LISTEN qwalo_changes")
    for statement, prefix, missing in (
        ('UPDATE "Workspace" SET "name" = \'New\'', "", set()),
        (f"""INSERT INTO "CallRoom" ("id", "inviteeId") VALUES ('r', '{invitee["id"]}')""", "calls:", {crowd[-1]}),
    ):
        conn.execute(statement.encode())
        lines = [notice.payload for notice in conn.notifies(timeout=0.5)]
        heard = [name for line in lines for name in line.split()]
        assert 2 < len(lines) < 6
        assert {prefix + one for one in (*crowd, alice.id)} - {prefix + one for one in missing} <= set(heard)
        assert not {prefix + one for one in missing} & set(heard)
        keys = conn.execute("""SELECT "id" FROM "User" WHERE "clerkUserId" LIKE 'key%'""").fetchall()
        assert not {prefix + row[0] for row in keys} & set(heard)
