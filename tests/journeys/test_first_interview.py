"""From the first start on an empty folder to an accepted invitation, in a real browser."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Locator, expect

from qwalo import serving
from tests.journeys.acting import Host, Invitee, assert_not_reloaded, bodies, link_in, mailed_link, mark
from tests.journeys.browsing import PLAIN_HOST, Browsing
from tests.people import Person
from tests.server import RunningServer
from tests.smtp import SmtpStandIn, free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")
TITLE = "Why did you choose us?"


async def test_a_first_start_leads_to_a_completed_interview(browsing: Browsing, tmp_path: Path) -> None:
    """From the printed link over the mail that arrives to `completed`; open pages change without a reload."""
    with SmtpStandIn() as smtp, RunningServer(tmp_path, {"SMTP_URL": smtp.url}) as server:
        host = Host(await browsing.new_page(), server.url)
        await host.sign_in(server.sign_in_link, "Hanna", "hanna@acme.example")
        await expect(host.page.get_by_text("Your first interview is three steps away")).to_be_visible()
        await host.create_workspace("Research", "Acme")
        await host.create_interview(TITLE)
        await host.invite("ines@client.example", "Ines")
        [mail] = await smtp.arrived(1)
        assert mail["To"] == "Ines <ines@client.example>"
        assert mail["Reply-To"] == "hanna@acme.example"
        text, html = bodies(mail)
        link = link_in(text)
        assert link_in(html) == link
        await host.sees_that_it_was_sent("ines@client.example")
        await mark(host.page)

        invitee = Invitee(await browsing.new_page())
        await invitee.open(link)
        await invitee.sees_heading(TITLE)
        await expect(invitee.page.get_by_text("Acme invites you to a video interview")).to_be_visible()
        await invitee.join()
        await host.sees_status("ines@client.example", "Accepted")
        await assert_not_reloaded(host.page)

        await host.press_and_agree("Mark completed", "ines@client.example")
        await host.sees_status("ines@client.example", "Completed")
        await invitee.sees_heading("Thank you")


async def test_without_a_mail_server_the_link_is_in_the_mailbox(browsing: Browsing, tmp_path: Path) -> None:
    """Where no SMTP_URL is set, the mail waits in the dashboard, and its link works."""
    with RunningServer(tmp_path) as server:
        host = Host(await browsing.new_page(), server.url)
        await host.sign_in(server.sign_in_link, "Hanna", "hanna@acme.example")
        await host.create_workspace()
        await host.create_interview(TITLE)
        await host.invite("ines@client.example")
        await host.sees_that_it_was_sent("ines@client.example")
        await host.page.get_by_role("link", name="Mailbox", exact=True).click()
        await host.page.get_by_role("link", name="Acme invites you").click()
        await expect(host.page.get_by_text("ines@client.example")).to_be_visible()
        link = link_in(await host.page.get_by_role("article").inner_text())

        invitee = Invitee(await browsing.new_page())
        await invitee.open(link)
        await invitee.join()
        await host.page.goto(f"{server.url}/dashboard")
        await host.page.get_by_role("link", name="Research").click()
        await expect(host.page.get_by_text("1 accepted")).to_be_visible()


@pytest.mark.parametrize("mode", ["Video", "Voice"])
async def test_everything_works_without_javascript(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn, mode: str
) -> None:
    """Forms and links alone lead from the session to `completed`."""
    host = Host(await browsing.new_page(java_script_enabled=False), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace()
    await host.create_interview(TITLE, mode)
    email = f"no-script-{mode}-{hanna.id}@client.example".lower()
    await host.invite(email)
    invitee = Invitee(await browsing.new_page(java_script_enabled=False))
    await invitee.open(await mailed_link(smtp, email))
    await expect(invitee.page.get_by_text(f"a {mode.lower()} interview")).to_be_visible()
    await invitee.accept_without_scripts()
    await host.page.reload()
    await host.sees_status(email, "Accepted")
    await host.press("Mark completed", email)
    await host.sees_status(email, "Completed")
    await invitee.page.reload()
    await invitee.sees_heading("Thank you")


async def test_a_voice_interview_asks_for_no_camera(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """The page speaks of sound alone, and has no camera to choose or to turn off."""
    host = Host(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace()
    await host.create_interview(TITLE, "Voice")
    email = f"voice-{hanna.id}@client.example"
    await host.invite(email)
    invitee = Invitee(await browsing.new_page())
    await invitee.open(await mailed_link(smtp, email))
    await expect(invitee.page.get_by_text("Check how you sound")).to_be_visible()
    await expect(invitee.page.get_by_role("button", name="Turn camera off")).to_have_count(0)
    await expect(invitee.page.get_by_label("Camera")).to_have_count(0)
    await invitee.join()
    await host.sees_status(email, "Accepted")


async def test_the_way_works_on_a_phone(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """At 390 pixels, by touch, no page is wider than the screen, and every step can be taken."""
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    host = Host(await browsing.new_page(**phone), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace("A workspace with a rather long name", "An organization with a rather long name")
    await host.create_interview("A title that is rather long, as questions often are, is it not?")
    email = f"phone-{hanna.id}@a-rather-long-domain.client.example"
    await host.invite(email, "Ines")
    assert await fits(host)
    invitee = Invitee(await browsing.new_page(**phone))
    await invitee.open(await mailed_link(smtp, email))
    assert await fits(invitee)
    await invitee.join()
    await host.sees_status(email, "Accepted")
    assert await fits(host)
    await host.press_and_agree("Mark completed", email)
    await host.sees_status(email, "Completed")


async def test_the_keyboard_is_enough(browsing: Browsing, shared_server: RunningServer, hanna: Person) -> None:
    """From the sign-in link to the sent invitation with Tab, Enter and letters alone."""
    host = Host(await browsing.new_page(), shared_server.url)
    link = await serving.sign_in_link(shared_server.settings, shared_server.database_url, hanna.email, None)
    await host.page.goto(link)
    await press_by_key(host, "button", "Sign in")
    await host.sees_heading("Workspaces")
    await press_by_key(host, "link", "Create your first workspace")
    await host.sees_heading("New workspace")
    await type_by_key(host, "Name", "Research")
    await type_by_key(host, "Organization", "Acme")
    await host.page.keyboard.press("Enter")
    await host.sees_heading("Research")
    await press_by_key(host, "link", "New interview")
    await host.sees_heading("New interview")
    await type_by_key(host, "Title", TITLE)
    await host.page.keyboard.press("Tab")
    await host.page.keyboard.press("ArrowRight")
    await expect(host.page.get_by_role("radio", name="Voice")).to_be_checked()
    await press_by_key(host, "button", "Create interview")
    await host.sees_heading(TITLE)
    await type_by_key(host, "Email", "keys@client.example")
    await press_by_key(host, "button", "Send invitation")
    await expect(host.row("keys@client.example")).to_be_visible()
    # The page that follows says by itself what happened, and the focus is at its beginning.
    await expect(host.page.get_by_role("heading", level=1)).to_be_focused()


async def test_a_plain_address_in_the_local_network_is_enough(
    browsing: Browsing, database_url: str, smtp: SmtpStandIn, tmp_path: Path
) -> None:
    """Over http and a name, browsers tell less about where a form comes from, and every form is still taken."""
    port = free_port()
    values = {"DATABASE_URL": database_url, "SMTP_URL": smtp.url, "QWALO_PUBLIC_URL": f"http://{PLAIN_HOST}:{port}"}
    with RunningServer(tmp_path, values, port=port) as server:
        host = Host(await browsing.new_page(), server.url)
        await host.sign_in(server.sign_in_link, "Hanna", "hanna@acme.example")
        await host.create_workspace()
        await host.create_interview(TITLE)
        await host.invite("plain@client.example")
        invitee = Invitee(await browsing.new_page())
        await invitee.open(await mailed_link(smtp, "plain@client.example"))
        await invitee.join()
        await host.sees_status("plain@client.example", "Accepted")


async def fits(person: Host | Invitee) -> bool:
    return bool(await person.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


async def press_by_key(host: Host, role: Literal["button", "link"], name: str) -> None:
    await tab_to(host.page.get_by_role(role, name=name).first)
    await host.page.keyboard.press("Enter")


async def type_by_key(host: Host, label: str, text: str) -> None:
    await tab_to(host.page.get_by_label(label))
    await host.page.keyboard.type(text)


async def tab_to(target: Locator) -> None:
    """Press Tab until the focus is there; every page has fewer stops than this."""
    for _ in range(30):
        if await target.evaluate("element => element === document.activeElement"):
            return
        await target.page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {target}")
