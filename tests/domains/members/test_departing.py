"""Removing and demoting: what goes on working is said, and ended where somebody wants it."""

from typing import Any

import psycopg
import pytest

from tests.domains.members.house import Client, Team, rows
from tests.domains.members.visiting import Pages
from tests.people import Person


@pytest.fixture
def adam(team: Team) -> Person:
    return team.join("Adam", "admin")


@pytest.fixture
async def key(team: Team, adam: Person) -> dict[str, Any]:
    """One that Adam has made; Alice has one of her own."""
    return await team.make_key(adam)


async def works(client: Client, team: Team, key: dict[str, Any]) -> bool:
    headers = {"Authorization": f"Bearer {key['key']}"}
    return (await client.get(f"{team.path}/interviews", headers=headers)).status_code == 200


def page_of(team: Team, person: Person, way: str) -> str:
    """The page that asks, by the way in which somebody is to manage the workspace no more."""
    return f"/members/{team.member_id(person)}/" + ("removal" if way == "removal" else "role")


FORM: dict[str, dict[str, str]] = {"removal": {}, "role": {"role": "member", "confirmed": "yes"}}


@pytest.mark.parametrize("way", ["removal", "role"])
async def test_the_page_says_what_goes_on_working(
    team: Team, pages: Pages, alice: Person, adam: Person, key: dict[str, Any], way: str
) -> None:
    """How many keys and invitations are theirs, with boxes that are ticked, and the links that they may have."""
    await team.make_key(alice)
    for email, role in (("a@example.com", "member"), ("b@example.com", "observer"), ("c@example.com", "admin")):
        await team.invite(adam, email, role)
    await team.invite(alice, "d@example.com")
    page = (await pages.get(alice, page_of(team, adam, way) + ("?role=member" if way == "role" else ""))).text
    for text in (
        "1 API key that they made",
        "2 open invitations to this workspace that they sent",
        "1 open invitation as admin stops",
        "Personal links of invitees that they copied",
        'name="keys" value="yes" checked',
        "Revoke this API key too",
        'name="invitations" value="yes" checked',
        "Revoke these 3 invitations too",
    ):
        assert text in page


@pytest.mark.parametrize("way", ["removal", "role"])
async def test_what_is_ticked_ends_with_it(
    client: Client, team: Team, pages: Pages, alice: Person, adam: Person, key: dict[str, Any], way: str
) -> None:
    """Their keys and invitations, and nobody else's; each is written down."""
    other_key = await team.make_key(alice)
    sent, other = await team.invite(adam, "a@example.com"), await team.invite(alice, "d@example.com")
    answer = await pages.post(alice, page_of(team, adam, way), keys="yes", invitations="yes", **FORM[way])
    assert answer.status_code == 303
    assert not await works(client, team, key)
    assert await works(client, team, other_key)
    assert (await team.ask(alice, "GET", f"{team.members}/{sent['id']}")).status_code == 404
    assert (await team.ask(alice, "GET", f"{team.members}/{other['id']}")).status_code == 200
    last = "member.removed" if way == "removal" else "member.updated"
    assert team.events()[-3:] == ["api_key.revoked", "member.revoked", last]


@pytest.mark.parametrize("way", ["removal", "role"])
async def test_what_is_not_ticked_goes_on(
    client: Client, team: Team, pages: Pages, alice: Person, adam: Person, key: dict[str, Any], way: str
) -> None:
    sent = await team.invite(adam, "a@example.com")
    assert (await pages.post(alice, page_of(team, adam, way), **FORM[way])).status_code == 303
    assert await works(client, team, key)
    assert (await team.ask(alice, "GET", f"{team.members}/{sent['id']}")).json() == sent


async def test_the_json_api_revokes_nothing_with_it(
    client: Client, team: Team, alice: Person, adam: Person, key: dict[str, Any]
) -> None:
    """As its description says."""
    sent = await team.invite(adam, "a@example.com")
    assert (await team.remove(alice, adam)).status_code == 204
    assert await works(client, team, key)
    assert (await team.ask(alice, "GET", f"{team.members}/{sent['id']}")).json() == sent


async def test_an_invitation_as_admin_shows_that_it_has_to_be_sent_again(
    team: Team, pages: Pages, alice: Person, adam: Person
) -> None:
    """Its link would lead nowhere."""
    await team.invite(adam, "a@example.com", "admin")
    await team.remove(alice, adam)
    assert "Expired" in (await pages.get(alice, "/members")).text


@pytest.mark.parametrize("role", ["member", "observer"])
async def test_who_does_not_manage_is_told_without_numbers(
    team: Team, pages: Pages, alice: Person, adam: Person, key: dict[str, Any], role: str
) -> None:
    """Somebody who was an admin leaves: only who manages knows of keys, and revokes them."""
    await team.change(alice, adam, role)
    path = page_of(team, adam, "removal")
    page = (await pages.get(adam, path)).text
    assert "API keys that you have made" in page
    assert 'name="keys"' not in page
    answer = await pages.post(adam, path, keys="yes")
    assert answer.status_code == 403
    assert "Adam" in team.roles()
    assert (await pages.post(adam, path)).status_code == 303
    assert "Adam" not in team.roles()


@pytest.mark.parametrize("role", ["member", "observer"])
async def test_taking_the_management_away_asks_first(
    team: Team, pages: Pages, alice: Person, adam: Person, conn: psycopg.Connection, role: str
) -> None:
    """The form in the list leads to the page that asks, and changes nothing."""
    before = rows(conn)
    answer = await pages.post(alice, page_of(team, adam, "role"), role=role)
    expected = f"/dashboard{team.members}/{team.member_id(adam)}/role?role={role}"
    assert (answer.status_code, answer.headers["location"]) == (303, expected)
    assert rows(conn) == before


async def test_ones_own_lower_role_asks_first(team: Team, pages: Pages, alice: Person) -> None:
    """Also to a role that manages: nobody gives it to themselves again."""
    olga = team.join("Olga", "owner")
    path = page_of(team, olga, "role")
    answer = await pages.post(olga, path, role="admin")
    assert answer.headers["location"].endswith("/role?role=admin")
    page = (await pages.get(olga, f"{path}?role=admin")).text
    assert "Make yourself admin?" in page
    assert "You cannot take this back yourself" in page
    assert team.roles()["Olga"] == "owner"
    assert (await pages.post(olga, path, role="admin", confirmed="yes")).status_code == 303
    assert team.roles()["Olga"] == "admin"


async def test_a_higher_role_and_one_of_another_who_manages_nothing_ask_nothing(
    team: Team, pages: Pages, alice: Person
) -> None:
    mona = team.join("Mona", "member")
    for role in ("observer", "member", "admin"):
        await pages.post(alice, page_of(team, mona, "role"), role=role)
        assert team.roles()["Mona"] == role


@pytest.mark.parametrize("query", ["", "?role=king", "?role=admin"])
async def test_a_page_without_a_question_leads_to_the_list(
    team: Team, pages: Pages, alice: Person, adam: Person, query: str
) -> None:
    """Such as after it was answered."""
    answer = await pages.get(alice, page_of(team, adam, "role") + query)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dashboard{team.members}")


async def test_the_only_owner_is_told_what_to_do_first(team: Team, pages: Pages, alice: Person) -> None:
    path = page_of(team, alice, "role")
    page = (await pages.get(alice, f"{path}?role=admin")).text
    assert "Make somebody else owner first" in page
    assert 'name="confirmed"' not in page
    assert (await pages.post(alice, path, role="admin", confirmed="yes")).status_code == 409


async def test_who_is_in_the_organization_stays_by_it(team: Team, pages: Pages, alice: Person) -> None:
    """The page says so before, and the next one after."""
    mona = team.join("Mona", "admin")
    team.share(mona, "observer")
    path = page_of(team, mona, "removal")
    page = (await pages.get(alice, path)).text
    assert "Mona stays in this workspace as observer" in page
    assert "does not see this workspace any more" not in page
    answer = await pages.post(alice, path)
    assert answer.status_code == 303
    assert team.roles()["Mona"] == "observer"
    page = (await pages.follow(alice, answer)).text
    assert "Mona is still in this workspace, as observer" in page


async def test_whoever_leaves_and_is_in_the_organization_comes_to_the_members(
    team: Team, pages: Pages, alice: Person
) -> None:
    """And not away from the workspace, which they still see."""
    mona = team.join("Mona", "member")
    team.share(mona, "observer")
    answer = await pages.post(mona, page_of(team, mona, "removal"))
    assert answer.headers["location"] == f"/dashboard{team.members}"
    assert "You are still in this workspace, as observer" in (await pages.follow(mona, answer)).text
