"""Accepting an invitation: who may, by which link, and what looking at it leaves behind."""

import asyncio
from typing import Any

import psycopg
import pytest

from qwalo.identity import service as identity
from qwalo.identity.models import Viewer
from qwalo.members import joining
from qwalo.members.errors import MembershipLinkNotValid
from qwalo.members.models import Invitation, Joined
from qwalo.platform.db.pool import Database
from qwalo.settings import Settings
from tests.domains.members.house import Client, Team, rows, token_of
from tests.domains.members.visiting import OURS, Visitor, until_waiting
from tests.people import People, Person

GUEST = "guest@example.com"
UNKNOWN = "A" * 43


@pytest.fixture
async def invited(team: Team, alice: Person) -> dict[str, Any]:
    return await team.invite(alice, GUEST, "member")


@pytest.fixture
def token(settings: Settings, invited: dict[str, Any]) -> str:
    return token_of(settings, invited)


@pytest.fixture
def guest(people: People) -> Person:
    """Has an account with the address that is invited."""
    return people.add("Gustav", GUEST)


@pytest.fixture
def nobody(client: Client, settings: Settings) -> Visitor:
    return Visitor(client, settings)


def as_person(client: Client, settings: Settings, person: Person) -> Visitor:
    return Visitor(client, settings, person)


async def test_the_invited_person_joins_by_a_button(
    client: Client, settings: Settings, team: Team, guest: Person, token: str
) -> None:
    """And arrives in the workspace, which says so."""
    visitor = as_person(client, settings, guest)
    page = await visitor.open(token)
    assert page.status_code == 200
    assert "Join Research as member" in page.text
    answer = await visitor.accept(token)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dashboard/workspaces/{team.id}")
    assert "qwalo_flash" in answer.headers["set-cookie"]
    assert team.roles() == {"Alice": "owner", "Gustav": "member"}
    assert team.events() == ["member.invited", "member.joined"]
    member = (await team.ask(guest, "GET", f"{team.members}/{team.member_id(guest)}")).json()
    assert (member["status"], member["userId"]) == ("active", guest.id)
    assert "joinedAt" in member
    assert "linkExpiresAt" not in member


async def test_the_address_is_the_same_in_any_case(
    client: Client, settings: Settings, people: People, team: Team, token: str
) -> None:
    """As mail servers have it."""
    guest = people.add("Gustav", "Guest@Example.COM")
    assert (await as_person(client, settings, guest).accept(token)).status_code == 303
    assert "Gustav" in team.roles()


async def test_looking_changes_nothing(
    client: Client, settings: Settings, conn: psycopg.Connection, nobody: Visitor, guest: Person, token: str
) -> None:
    """A mail scanner may open the link."""
    before = rows(conn)
    for visitor in (nobody, as_person(client, settings, guest)):
        await visitor.open(token)
    for method in ("HEAD", "OPTIONS", "GET"):
        await client.request(method, f"/memberships/{token}/acceptance", follow_redirects=False)
    assert rows(conn) == before


async def test_another_address_cannot_accept(
    client: Client, settings: Settings, conn: psycopg.Connection, bob: Person, token: str
) -> None:
    """The page says which address is invited, and how to go on."""
    visitor = as_person(client, settings, bob)
    page = await visitor.open(token)
    assert page.status_code == 200
    assert GUEST in page.text
    assert "Sign out" in page.text
    assert "Join Research as" not in page.text
    before = rows(conn)
    answer = await visitor.accept(token)
    assert answer.status_code == 403
    assert "invitation-for-another" in answer.text
    assert rows(conn) == before


@pytest.mark.parametrize("why", ["unknown", "no token", "expired", "revoked", "accepted"])
async def test_links_that_do_not_work_are_all_the_same(
    client: Client,
    settings: Settings,
    team: Team,
    alice: Person,
    guest: Person,
    conn: psycopg.Connection,
    nobody: Visitor,
    invited: dict[str, Any],
    token: str,
    why: str,
) -> None:
    """404 with what to do, whoever asks, by looking and by accepting."""
    expected = await nobody.open(UNKNOWN)
    match why:
        case "unknown":
            token = "B" * 43
        case "no token":
            token = "x"
        case "expired":
            conn.execute('UPDATE "WorkspaceMember" SET "linkExpiresAt" = utc_now() WHERE "userId" IS NULL')
        case "revoked":
            await team.ask(alice, "DELETE", f"{team.members}/{invited['id']}")
        case _:
            await as_person(client, settings, guest).accept(token)
    for visitor in (nobody, as_person(client, settings, guest)):
        for answer in (await visitor.open(token), await visitor.accept(token, name="Gustav")):
            assert (answer.status_code, answer.text) == (404, expected.text)
            assert answer.headers["referrer-policy"] == "no-referrer"
    assert "ask for a new invitation" in expected.text


async def test_somebody_new_gives_a_name_and_is_in(
    client: Client, settings: Settings, team: Team, nobody: Visitor, token: str, conn: psycopg.Connection
) -> None:
    """The link proves the address: account, session and membership come at once."""
    page = await nobody.open(token)
    assert "Your name" in page.text
    answer = await nobody.accept(token, name="  Gustav ")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dashboard/workspaces/{team.id}")
    assert team.roles() == {"Alice": "owner", "Gustav": "member"}
    row = conn.execute("""SELECT "email", "clerkUserId" LIKE 'local\\_%' FROM "User" WHERE "name" = 'Gustav'""")
    assert row.fetchone() == (GUEST, True)
    session = answer.cookies["qwalo_session"]
    page = await client.get(f"/dashboard/workspaces/{team.id}/members", headers={"Cookie": f"qwalo_session={session}"})
    assert page.status_code == 200
    assert "(you)" in page.text


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb"])
async def test_somebody_new_without_a_name_is_asked_for_one(
    conn: psycopg.Connection, nobody: Visitor, token: str, name: str
) -> None:
    """And nothing is stored."""
    before = rows(conn)
    answer = await nobody.accept(token, name=name)
    assert answer.status_code == 422
    assert "Your name" in answer.text
    assert rows(conn) == before


async def test_whoever_has_an_account_signs_in_first(
    conn: psycopg.Connection, nobody: Visitor, guest: Person, token: str
) -> None:
    """The link alone signs nobody in to an account that is there."""
    page = await nobody.open(token)
    assert f"/sign-in?next=/memberships/{token}" in page.text
    before = rows(conn)
    answer = await nobody.accept(token, name="Mallory")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/memberships/{token}")
    assert "qwalo_session" not in answer.headers.get("set-cookie", "")
    assert rows(conn) == before


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example.com"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_another_site_accepts_for_nobody(
    client: Client,
    settings: Settings,
    conn: psycopg.Connection,
    nobody: Visitor,
    people: People,
    token: str,
    headers: dict[str, str],
) -> None:
    """Neither with a session nor without one."""
    before = rows(conn)
    assert (await nobody.accept(token, headers, name="Gustav")).status_code == 403
    assert rows(conn) == before
    guest = people.add("Gustav", GUEST)
    before = rows(conn)
    assert (await as_person(client, settings, guest).accept(token, headers)).status_code == 403
    assert rows(conn) == before


async def test_with_a_session_the_form_needs_its_token(
    client: Client, settings: Settings, conn: psycopg.Connection, guest: Person, token: str
) -> None:
    """The second lock."""
    before = rows(conn)
    answer = await as_person(client, settings, guest).accept(token, OURS, csrf="0" * 64)
    assert answer.status_code == 403
    assert rows(conn) == before


@pytest.mark.parametrize(
    ("has", "gets", "keeps"),
    [("observer", "admin", "admin"), ("admin", "observer", "admin"), ("owner", "member", "owner")],
)
async def test_a_member_keeps_the_role_that_goes_further(
    client: Client, settings: Settings, team: Team, alice: Person, has: str, gets: str, keeps: str
) -> None:
    """The invitation is used up, however it came to it."""
    mona = team.join("Mona", has)
    invited = await team.invite(alice, "other@example.com", gets)
    team.set_address(mona, "other@example.com")
    answer = await as_person(client, settings, mona).accept(token_of(settings, invited))
    assert answer.status_code == 303
    assert team.roles() == {"Alice": "owner", "Mona": keeps}
    assert team.events() == ["member.invited"] + (["member.updated"] if has != keeps else [])
    assert (await team.ask(alice, "GET", f"{team.members}/{invited['id']}")).status_code == 404


async def test_the_organization_decides_on_the_role_of_its_own(
    client: Client, settings: Settings, team: Team, alice: Person
) -> None:
    """An invitation does not raise it."""
    mona = team.join("Mona", "observer", organization=True)
    invited = await team.invite(alice, "other@example.com", "admin")
    team.set_address(mona, "other@example.com")
    assert (await as_person(client, settings, mona).accept(token_of(settings, invited))).status_code == 303
    assert team.roles()["Mona"] == "observer"


async def test_of_two_acceptances_at_once_one_makes_the_account(
    database: Database, team: Team, token: str, conn: psycopg.Connection
) -> None:
    """The others find the link used."""

    async def accept(name: str) -> object:
        async with database.transaction() as connection:
            return await joining.accept_as_newcomer(connection, token, name)

    results = await asyncio.gather(*(accept(f"Gustav {number}") for number in range(4)), return_exceptions=True)
    assert sum(isinstance(result, tuple) for result in results) == 1
    assert sum(isinstance(result, MembershipLinkNotValid) for result in results) == 3
    assert conn.execute('SELECT count(*) FROM "User"').fetchone() == (2,)
    assert len(team.roles()) == 2


async def test_an_acceptance_and_a_revocation_at_once_agree(
    client: Client, settings: Settings, team: Team, alice: Person, guest: Person, invited: dict[str, Any], token: str
) -> None:
    """Whichever is first: somebody who was let in is in, and somebody who was revoked is not."""
    visitor = as_person(client, settings, guest)
    accepted, _ = await asyncio.gather(
        visitor.accept(token), team.ask(alice, "DELETE", f"{team.members}/{invited['id']}")
    )
    assert accepted.status_code in {303, 404}
    assert "Gustav" not in team.roles()


async def test_somebody_who_became_a_member_meanwhile_keeps_the_role_that_goes_further(
    database: Database, database_url: str, team: Team, guest: Person, token: str, conn: psycopg.Connection
) -> None:
    """Another program, which does not wait for anybody, has made them an observer at the same moment."""

    async def accept() -> Joined:
        async with database.transaction() as connection:
            user = await identity.get_user(connection, Viewer(guest.id, "session"))
            return await joining.accept(connection, token, user)

    with psycopg.connect(database_url) as other:
        other.execute(
            """
            INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role") VALUES ('other', %s, %s, 'observer')
            """,
            (team.id, guest.id),
        )
        accepting = asyncio.create_task(accept())
        await until_waiting(conn, 1)
        other.commit()
    assert (await accepting).was_member
    assert team.roles() == {"Alice": "owner", "Gustav": "member"}


@pytest.mark.parametrize("way", ["removed", "demoted", "removed by another program"])
async def test_an_admin_is_made_only_by_who_may_make_one(
    client: Client,
    settings: Settings,
    team: Team,
    alice: Person,
    guest: Person,
    nobody: Visitor,
    conn: psycopg.Connection,
    way: str,
) -> None:
    """When the inviter cannot any more, their invitation as admin is like an unknown one; others can send it again."""
    adam = team.join("Adam", "admin")
    invited = await team.invite(adam, GUEST, "admin")
    token = token_of(settings, invited)
    match way:
        case "removed":
            await team.remove(alice, adam)
        case "demoted":
            await team.change(alice, adam, "member")
        case _:
            conn.execute('DELETE FROM "WorkspaceMember" WHERE "userId" = %s', (adam.id,))
    expected = await nobody.open(UNKNOWN)
    visitor = as_person(client, settings, guest)
    for answer in (await visitor.open(token), await visitor.accept(token)):
        assert (answer.status_code, answer.text) == (404, expected.text)
    assert (await team.ask(alice, "POST", f"{team.members}/{invited['id']}/invitations")).status_code == 201
    assert (await visitor.accept(token)).status_code == 303
    assert team.roles()["Gustav"] == "admin"


async def test_whoever_raises_an_invitation_answers_for_it(
    client: Client, settings: Settings, team: Team, alice: Person, guest: Person
) -> None:
    """The first inviter is gone, and the owner makes the invitation one as admin."""
    adam = team.join("Adam", "admin")
    invited = await team.invite(adam, GUEST, "member")
    await team.remove(alice, adam)
    await team.ask(alice, "PATCH", f"{team.members}/{invited['id']}", {"role": "admin"})
    assert (await as_person(client, settings, guest).accept(token_of(settings, invited))).status_code == 303
    assert team.roles()["Gustav"] == "admin"


@pytest.mark.parametrize(
    ("invited", "has", "same"),
    [
        ("guest@example.com", "GUEST@Example.com", True),
        ("jos\u00e9@example.com", "jose\u0301@example.com", True),
        ("jos\u00e9@example.com", "jos\u00c9@example.com", False),
        ("guest@example.com", None, False),
    ],
)
def test_addresses_are_compared_as_they_are_written(invited: str, has: str | None, same: bool) -> None:
    """Composed, and without the case of ASCII letters: what only looks alike is another address."""
    assert Invitation("m", "w", "Research", "Acme", "member", invited, None).is_for(has) == same


async def test_other_sites_and_caches_learn_nothing_of_the_address(nobody: Visitor, token: str) -> None:
    """On plain http, `no-referrer` would keep browsers from saying that the form is ours."""
    page = await nobody.open(token)
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
