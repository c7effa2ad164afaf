"""The pages of members: each role is shown what it may do, and a page that says no says why."""

import psycopg
import pytest

from tests.domains.members.house import Team, rows
from tests.domains.members.visiting import Pages
from tests.people import Person

GUEST = "guest@example.com"


async def test_an_owner_is_offered_everything(team: Team, pages: Pages, alice: Person) -> None:
    """Also to make others owner and to pass the workspace on."""
    team.join("Mona", "member")
    await team.invite(alice, GUEST)
    page = (await pages.get(alice, "/members")).text
    for text in (
        "Send invitation",
        "Transfer ownership",
        "Role of Mona",
        "Send again",
        "Revoke",
        '<option value="owner"',
    ):
        assert text in page


async def test_an_admin_is_not_offered_what_owners_do(team: Team, pages: Pages) -> None:
    """No change of an owner, no owner made, no transfer."""
    adam = team.join("Adam", "admin")
    page = (await pages.get(adam, "/members")).text
    assert "Send invitation" in page
    assert "Role of Adam" in page
    for text in ("Role of Alice", "Transfer ownership", '<option value="owner"'):
        assert text not in page
    assert (await pages.get(adam, "/ownership-transfers")).status_code == 403


@pytest.mark.parametrize("role", ["member", "observer"])
async def test_others_see_and_may_leave(team: Team, pages: Pages, alice: Person, role: str) -> None:
    """Without a form but the one that leads out."""
    mona = team.join("Mona", role)
    await team.invite(alice, GUEST)
    page = (await pages.get(mona, "/members")).text
    assert GUEST in page
    assert f"{team.member_id(mona)}/removal" in page
    for text in ("Send invitation", "Role of", "Send again", "Revoke", f"{team.member_id(alice)}/removal"):
        assert text not in page
    assert (await pages.get(mona, f"/members/{team.member_id(alice)}/removal")).status_code == 403


async def test_the_last_owner_is_told_what_to_do_first(team: Team, pages: Pages, alice: Person) -> None:
    """Instead of a button that would be refused."""
    assert "transfer the ownership first" in (await pages.get(alice, "/members")).text
    page = (await pages.get(alice, f"/members/{team.member_id(alice)}/removal")).text
    assert "Transfer ownership" in page
    assert "Leave workspace" not in page
    answer = await pages.post(alice, f"/members/{team.member_id(alice)}/removal")
    assert answer.status_code == 409
    assert "make somebody else owner first" in answer.text


async def test_an_invitation_that_is_refused_keeps_what_was_typed(team: Team, pages: Pages, alice: Person) -> None:
    """With the reason beside the field."""
    await team.invite(alice, GUEST)
    for email, reason in ((GUEST, "is already invited"), ("guest@", "must be an email address")):
        answer = await pages.post(alice, "/members", email=email, role="observer")
        assert answer.status_code == 422
        assert reason in answer.text
        assert f'value="{email}"' in answer.text


async def test_a_page_about_the_organizations_people_offers_nothing(team: Team, pages: Pages, alice: Person) -> None:
    """It says who manages them."""
    mona = team.join("Mona", "member", organization=True)
    page = (await pages.get(alice, "/members")).text
    assert "Managed by the organization" in page
    assert "Role of Mona" not in page
    removal = (await pages.get(alice, f"/members/{team.member_id(mona)}/removal")).text
    assert "follows from the organization" in removal
    assert "Remove from workspace" not in removal


@pytest.mark.parametrize("role", ["king", "", "Owner"])
async def test_a_role_that_is_none_is_refused(
    team: Team, pages: Pages, alice: Person, conn: psycopg.Connection, role: str
) -> None:
    """422 as a page, and nothing changes."""
    mona = team.join("Mona", "member")
    before = rows(conn)
    assert (await pages.post(alice, f"/members/{team.member_id(mona)}/role", role=role)).status_code == 422
    assert rows(conn) == before


async def test_nobody_chosen_is_said_beside_the_field(team: Team, pages: Pages, alice: Person) -> None:
    """And nothing is passed on."""
    team.join("Mona", "member")
    answer = await pages.post(alice, "/ownership-transfers", memberId="")
    assert answer.status_code == 422
    assert "Choose who shall be the owner." in answer.text
    assert team.owner_id() == alice.id


async def test_names_cannot_write_into_the_page(team: Team, pages: Pages, alice: Person) -> None:
    """Whatever people call themselves is text."""
    team.join("<script>alert(1)</script>", "member")
    page = (await pages.get(alice, "/members")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


async def test_an_invitation_that_is_sent_too_often_says_how_long_to_wait(
    team: Team, pages: Pages, alice: Person
) -> None:
    """Above the list, which stays as it is."""
    path = f"/members/{(await team.invite(alice, GUEST))['id']}/invitations"
    await pages.post(alice, path)
    answer = await pages.post(alice, path)
    assert answer.status_code == 303
    assert "less than a minute ago: wait" in (await pages.follow(alice, answer)).text
