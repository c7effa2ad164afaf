"""What a host does with what is there: rename, delete, send again, revoke, copy, sign out; and what goes wrong."""

import re

import pytest
from playwright.async_api import expect

from tests.journeys.acting import Host, Invitee, mail_to, mailed_link
from tests.journeys.browsing import Browsing
from tests.people import Person
from tests.server import RunningServer
from tests.smtp import SmtpStandIn

pytestmark = pytest.mark.asyncio(loop_scope="session")
TITLE = "Why did you choose us?"


async def host_with_interview(browsing: Browsing, server: RunningServer, person: Person) -> Host:
    """On the page of an interview to which nobody is invited."""
    host = Host(await browsing.new_page(), server.url)
    await host.arrive_as(person)
    await host.create_workspace("Research", "Acme")
    await host.create_interview(TITLE)
    return host


async def test_a_workspace_is_renamed(browsing: Browsing, shared_server: RunningServer, hanna: Person) -> None:
    """The new names are shown at once, the organization's in the header."""
    host = await host_with_interview(browsing, shared_server, hanna)
    await host.page.get_by_role("link", name="Research").click()
    await host.sees_heading("Research")
    await host.page.get_by_role("link", name="Settings").click()
    await host.page.get_by_label("Name").fill("Insights")
    await host.page.get_by_label("Organization").fill("Acme Europe")
    await host.page.get_by_role("button", name="Save").click()
    await host.sees_heading("Insights")
    await expect(host.page.get_by_role("banner").get_by_text("Acme Europe")).to_be_visible()


async def test_an_interview_is_renamed_and_changes_its_mode(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """What was set is what the form shows the next time."""
    host = await host_with_interview(browsing, shared_server, hanna)
    await host.page.get_by_role("link", name="Settings").click()
    await host.page.get_by_label("Title").fill("Why did you leave?")
    await host.page.get_by_role("radio", name="Voice").check()
    await host.page.get_by_role("button", name="Save").click()
    await host.sees_heading("Why did you leave?")
    await host.page.get_by_role("link", name="Settings").click()
    await expect(host.page.get_by_label("Title")).to_have_value("Why did you leave?")
    await expect(host.page.get_by_role("radio", name="Voice")).to_be_checked()


async def test_deleting_a_workspace_says_what_goes_with_it(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """Numbers of interviews and invitees first; then all of it is gone."""
    host = await host_with_interview(browsing, shared_server, hanna)
    await host.invite(f"a-{hanna.id}@client.example")
    await host.invite(f"b-{hanna.id}@client.example")
    await host.page.get_by_role("link", name="Research").click()
    await host.sees_heading("Research")
    await host.page.get_by_role("link", name="Settings").click()
    await host.page.get_by_role("link", name="Delete workspace").click()
    await expect(host.page.get_by_text("1 interview", exact=True)).to_be_visible()
    await expect(host.page.get_by_text(re.compile("2 invitees, whose links stop working"))).to_be_visible()
    await host.page.get_by_role("button", name="Delete workspace").click()
    await expect(host.page.get_by_text("Your first interview is three steps away")).to_be_visible()


async def test_deleting_an_interview_says_what_goes_with_it(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """The link that was sent stops working, and its holder is told what to do."""
    host = await host_with_interview(browsing, shared_server, hanna)
    email = f"deleted-{hanna.id}@client.example"
    await host.invite(email)
    link = await mailed_link(smtp, email)
    await host.page.get_by_role("link", name="Settings").click()
    await host.page.get_by_role("link", name="Delete interview").click()
    await expect(host.page.get_by_text(re.compile("1 invitee goes with it"))).to_be_visible()
    await host.page.get_by_role("button", name="Delete interview").click()
    await host.sees_heading("Research")
    await expect(host.page.get_by_role("link", name=TITLE)).to_be_hidden()
    browsing.expect_status(404)
    invitee = Invitee(await browsing.new_page())
    await invitee.open(link)
    await invitee.sees_heading("This link does not work")


async def test_a_bad_address_is_told_beside_the_field(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """What was typed stays, and the error belongs to the field for those who do not see it, too."""
    host = await host_with_interview(browsing, shared_server, hanna)
    browsing.expect_status(422)
    await host.type_invitation("nobody@", "Ines")
    field = host.page.get_by_label("Email")
    await expect(field).to_have_accessible_description(re.compile("address"))
    await expect(field).to_have_value("nobody@")
    await expect(host.page.get_by_label("Name")).to_have_value("Ines")
    await field.fill("ines@client.example")
    await host.page.get_by_role("button", name="Send invitation").click()
    await expect(host.row("ines@client.example")).to_be_visible()


async def test_a_second_invitation_of_an_address_is_told_beside_the_field(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """However the address is written."""
    host = await host_with_interview(browsing, shared_server, hanna)
    await host.invite("ines@client.example")
    browsing.expect_status(422)
    await host.type_invitation("Ines@Client.Example", "Ines")
    field = host.page.get_by_label("Email")
    await expect(field).to_have_accessible_description(re.compile("already invited"))
    await expect(field).to_have_value("Ines@Client.Example")
    await expect(host.row("ines@client.example")).to_have_count(1)


async def test_an_invitation_is_sent_again(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """A second mail arrives, with the same link."""
    host = await host_with_interview(browsing, shared_server, hanna)
    email = f"again-{hanna.id}@client.example"
    await host.invite(email)
    first = await mailed_link(smtp, email)
    await host.press("Send again", email)
    await expect(host.page.get_by_text("The invitation is on its way again.", exact=True)).to_be_visible()
    assert await mailed_link(smtp, email, count=2) == first


async def test_the_link_is_copied(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """The clipboard holds the link that was mailed, and the button says so."""
    host = await host_with_interview(browsing, shared_server, hanna)
    await host.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    email = f"copy-{hanna.id}@client.example"
    await host.invite(email)
    link = await mailed_link(smtp, email)
    await host.sees_that_it_was_sent(email)
    await host.press("Copy link", email)
    await expect(host.page.get_by_text("Link copied.")).to_be_attached()
    assert await host.page.evaluate("navigator.clipboard.readText()") == link


async def test_a_revoked_link_tells_what_to_do(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """The open page of the invitee says so by itself; sending again makes a link that works."""
    host = await host_with_interview(browsing, shared_server, hanna)
    email = f"revoked-{hanna.id}@client.example"
    await host.invite(email)
    link = await mailed_link(smtp, email)
    invitee = Invitee(await browsing.new_page())
    await invitee.open(link)
    await invitee.sees_heading(TITLE)
    browsing.expect_status(404)
    await host.press_and_agree("Revoke link", email)
    await host.sees_status(email, "Revoked")
    await invitee.sees_heading("This link does not work")
    await invitee.open(link)
    await invitee.sees_heading("This link does not work")
    await expect(invitee.page.get_by_text("Ask for a new link")).to_be_visible()

    await host.press("Send again", email)
    await mail_to(smtp, email, count=2)
    renewed = await mailed_link(smtp, email, count=2)
    assert renewed != link
    await invitee.open(renewed)
    await invitee.join()
    await host.sees_status(email, "Accepted")


async def test_an_answer_of_no_changes_nothing(browsing: Browsing, shared_server: RunningServer, hanna: Person) -> None:
    """The question before revoking can be declined, by keyboard as well."""
    host = await host_with_interview(browsing, shared_server, hanna)
    await host.invite("kept@client.example")
    await host.press("Revoke link", "kept@client.example")
    await host.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(host.page.get_by_role("dialog")).to_be_hidden()
    await host.press("Revoke link", "kept@client.example")
    await host.page.keyboard.press("Escape")
    await expect(host.page.get_by_role("dialog")).to_be_hidden()
    await host.page.reload()
    await host.sees_status("kept@client.example", "Pending")
    await expect(host.row("kept@client.example").get_by_text("Revoked", exact=True)).to_be_hidden()
