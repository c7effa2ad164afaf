"""Who gets in and who does not, as people meet it: signing out, sessions that end, pages of others, the mailbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.journeys.acting import Host, bodies, link_in, mail_to
from tests.journeys.browsing import Browsing
from tests.journeys.conftest import add_person, fresh_database
from tests.journeys.hosting import HostApi
from tests.people import Person
from tests.server import RunningServer
from tests.smtp import SmtpStandIn

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def mailbox_database_url(cluster: str) -> Iterator[str]:
    with fresh_database(cluster) as url:
        yield url


@pytest.fixture(scope="module")
def mailbox_server(mailbox_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Without a mail server."""
    with RunningServer(tmp_path_factory.mktemp("mailbox"), {"DATABASE_URL": mailbox_database_url}) as server:
        yield server


async def test_signing_out_ends_the_access(browsing: Browsing, shared_server: RunningServer, hanna: Person) -> None:
    """After it the dashboard leads to the sign-in page, also on the way back in the browser's history."""
    host = Host(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.open_account_menu()
    await host.page.get_by_role("button", name="Sign out").click()
    await host.sees_heading("Sign in to Qwalo")
    await host.page.goto(f"{shared_server.url}/dashboard")
    await host.sees_heading("Sign in to Qwalo")
    await host.page.go_back()
    await host.sees_heading("Sign in to Qwalo")


async def test_a_session_that_ended_meanwhile_leads_to_the_sign_in_page(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """The next click on an open page does it, and no page appears inside of another."""
    host = Host(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace("Research", "Acme")
    await host.page.get_by_role("link", name="New interview").first.click()
    await host.sees_heading("New interview")
    await host.page.context.clear_cookies()
    browsing.expect_status(401)
    await host.page.get_by_role("link", name="Cancel").click()
    await host.sees_heading("Sign in to Qwalo")
    await expect(host.page.get_by_role("banner").get_by_text("Acme")).to_be_hidden()


async def test_a_live_page_of_a_session_that_ended_leads_there_by_itself(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """Once something changes, what is open shows nothing of it any more."""
    host = Host(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace("Research", "Acme")
    await host.page.context.clear_cookies()
    browsing.expect_status(401)
    # Where the page's stream connects only now.
    browsing.expect(r"EventSource|\[object Event\]")
    with HostApi(shared_server, hanna) as api:
        api.create_interview_in(host.page.url.rpartition("/")[2])
    await host.sees_heading("Sign in to Qwalo")


async def test_a_page_whose_stream_is_refused_asks_whether_the_session_has_ended(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """Else it would show what it last knew for ever, and say that it is connecting again."""
    host = Host(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.page.route("**/live", lambda route: route.fulfill(status=401))
    browsing.expect_status(401)
    browsing.expect(r"EventSource|\[object Event\]")
    await host.create_workspace("Research", "Acme")
    await host.page.context.clear_cookies()
    await host.sees_heading("Sign in to Qwalo")


async def test_a_form_of_a_session_that_ended_leads_to_the_sign_in_page(
    browsing: Browsing, shared_server: RunningServer, hanna: Person
) -> None:
    """What was typed is not sent with nobody's name."""
    host = Host(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.page.get_by_role("link", name="Create your first workspace").click()
    await host.page.get_by_label("Name").fill("Research")
    await host.page.get_by_label("Organization").fill("Acme")
    await host.page.context.clear_cookies()
    browsing.expect_status(401)
    await host.page.get_by_role("button", name="Create workspace").click()
    await host.sees_heading("Sign in to Qwalo")


@pytest.mark.parametrize("path", ["/nothing-here", "/dashboard/workspaces/nobodys", "/dashboard/mailbox"])
async def test_an_unknown_page_helps_on(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, path: str
) -> None:
    """A 404 says what may be the reason, and leads back; the mailbox is not there where mails are sent."""
    host = Host(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    browsing.expect_status(404)
    answer = await host.page.goto(f"{shared_server.url}{path}")
    assert answer is not None
    assert answer.status == 404
    await expect(host.page.get_by_role("heading", level=1)).not_to_be_empty()
    await host.page.get_by_role("link", name="Go to your workspaces").click()
    await host.sees_heading("Workspaces")


async def test_the_page_of_somebody_else_is_as_if_it_were_not_there(
    browsing: Browsing, shared_server: RunningServer, shared_database_url: str, hanna: Person
) -> None:
    """Another host with the address of a workspace gets the page of a missing one."""
    owner = Host(await browsing.new_page(), shared_server.url)
    await owner.arrive_as(hanna)
    await owner.create_workspace("Research", "Acme")
    other = Host(await browsing.new_page(), shared_server.url)
    await other.arrive_as(add_person(shared_server, shared_database_url, "Otto"))
    browsing.expect_status(404)
    await other.page.goto(owner.page.url)
    await other.sees_heading("This workspace is not there")
    await expect(other.page.get_by_text("Acme")).to_be_hidden()


async def test_the_mailbox_holds_only_ones_own_mails(
    browsing: Browsing, mailbox_server: RunningServer, mailbox_database_url: str
) -> None:
    """Neither in the list nor by the address of a mail does another host see it."""
    hosts = []
    for name in ("Hanna", "Otto"):
        host = Host(await browsing.new_page(), mailbox_server.url)
        await host.arrive_as(add_person(mailbox_server, mailbox_database_url, name))
        await host.create_workspace("Research", f"{name} Ltd")
        await host.create_interview("Why?")
        await host.invite(f"client-of-{name}@client.example".lower())
        await host.sees_that_it_was_sent(f"client-of-{name}@client.example".lower())
        await host.page.get_by_role("link", name="Mailbox", exact=True).click()
        await host.sees_heading("Mailbox")
        hosts.append(host)
    hanna, otto = hosts
    await expect(otto.page.get_by_text("Otto Ltd invites you")).to_be_visible()
    await expect(otto.page.get_by_text("Hanna Ltd")).to_be_hidden()
    await hanna.page.get_by_role("link", name="Hanna Ltd invites you").click()
    await hanna.sees_heading("Hanna Ltd invites you to a video interview: Why?")
    browsing.expect_status(404)
    await otto.page.goto(hanna.page.url)
    await otto.sees_heading("This mail is not there")


async def test_a_sign_in_link_works_once(browsing: Browsing, database_url: str, tmp_path: Path) -> None:
    """Looking at it does not use it up; the second one who presses is told how to get a new one."""
    with RunningServer(tmp_path, {"DATABASE_URL": database_url}, options=("--no-worker",)) as server:
        first, second = Host(await browsing.new_page(), server.url), Host(await browsing.new_page(), server.url)
        for host in (first, second):
            await host.page.goto(server.sign_in_link)
        await first.sign_in(server.sign_in_link, "Hanna", "hanna@acme.example")
        browsing.expect_status(404)
        await second.page.get_by_role("button", name="Sign in").click()
        await second.sees_heading("This sign-in link does not work")
        await expect(second.page.get_by_role("link", name="Ask for a new link")).to_be_visible()


async def test_a_mailed_sign_in_link_signs_in(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """Known or not, the answer is the same; the known person's mail has a link that works."""
    host = Host(await browsing.new_page(), shared_server.url)
    unknown = f"unknown-{hanna.id}@example.com"
    for email in (unknown, hanna.email):
        await host.page.goto(f"{shared_server.url}/sign-in")
        await host.page.get_by_label("Email").fill(email)
        await host.page.get_by_role("button", name="Send me a link").click()
        await host.sees_heading("Check your mail")
    mail = await mail_to(smtp, hanna.email)
    await host.sign_in(link_in(bodies(mail)[0], "sign-in"))
    await host.open_account_menu()
    await expect(host.page.get_by_text(hanna.email)).to_be_visible()
    assert not [one for one in smtp.messages if unknown in one["To"]]
