"""A team in the browser: inviting, joining, changing, leaving; what is open changes by itself."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, expect

from tests.journeys.acting import Host, assert_not_reloaded, bodies, link_in, mail_to, mark
from tests.journeys.browsing import Browsing
from tests.journeys.conftest import add_person
from tests.people import Person
from tests.server import RunningServer
from tests.smtp import SmtpStandIn

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A removed member loses what is open within this time.
REMOVED_MS = 5_000


class Colleague(Host):
    """Somebody in the dashboard who looks after the team."""

    async def open_members(self) -> None:
        await self.page.get_by_role("navigation", name="Workspace").get_by_role("link", name="Members").click()
        await self.sees_heading("Members")

    async def invite_colleague(self, email: str, role: str = "Member") -> None:
        await self.page.get_by_label("Email").fill(email)
        await self.page.get_by_role("radio", name=re.compile(f"^{role}")).check()
        await self.page.get_by_role("button", name="Send invitation").click()
        await expect(self.row(email)).to_be_visible()

    async def change_role(self, who: str, role: str) -> None:
        await self.row(who).get_by_label("Role of").select_option(role)
        await self.row(who).get_by_role("button", name="Change").click()

    async def remove(self, who: str) -> None:
        await self.row(who).get_by_role("link", name=f"Remove {who}").click()
        await self.sees_heading(f"Remove {who}?")
        await self.page.get_by_role("button", name="Remove from workspace").click()
        await self.sees_heading("Members")

    def people(self) -> Locator:
        return self.page.get_by_role("table", name="People")

    def invitations(self) -> Locator:
        return self.page.get_by_role("table", name="Open invitations")


def new_address(name: str) -> str:
    return f"{name}-{uuid4().hex[:8]}@acme.example"


async def invitation_link(smtp: SmtpStandIn, email: str, count: int = 1) -> str:
    return link_in(bodies(await mail_to(smtp, email, count))[0], "memberships")


async def join_as_newcomer(page: Page, link: str, name: str) -> None:
    await page.goto(link)
    await page.get_by_label("Your name").fill(name)
    await page.get_by_role("button", name="Join as").click()


async def test_a_colleague_is_invited_joins_is_changed_and_removed(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """By mail, in a second browser, without an account before; what is open on either side changes by itself."""
    host = Colleague(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace("Research", "Acme")
    workspace_url = host.page.url
    await host.open_members()
    email = new_address("nadia")
    await host.invite_colleague(email, "Observer")
    await expect(host.invitations().get_by_role("row").filter(has_text=email).get_by_role("time")).to_have_count(2)
    await mark(host.page)

    nadia = Colleague(await browsing.new_page(), shared_server.url)
    await join_as_newcomer(nadia.page, await invitation_link(smtp, email), "Nadia")
    await nadia.sees_heading("Research")
    await expect(nadia.page.get_by_text("You have joined “Research” as observer")).to_be_visible()
    assert nadia.page.url == workspace_url

    await expect(host.people().get_by_role("row").filter(has_text=email)).to_contain_text("Nadia")
    await expect(host.invitations()).to_be_hidden()
    await assert_not_reloaded(host.page)

    await nadia.open_members()
    await expect(nadia.page.get_by_role("button", name="Send invitation")).to_have_count(0)
    await host.change_role("Nadia", "admin")
    await expect(host.page.get_by_text("The role of Nadia is admin now.")).to_be_visible()
    await expect(nadia.row("Nadia").get_by_label("Role of Nadia")).to_have_value("admin")

    await nadia.page.goto(workspace_url)
    await nadia.sees_heading("Research")
    browsing.expect_status(404)
    browsing.expect(r"EventSource|\[object Event\]")
    await host.remove("Nadia")
    await expect(nadia.page.get_by_role("heading", level=1)).to_have_text(
        "This workspace is not there", timeout=REMOVED_MS
    )


async def test_everything_works_without_javascript(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """Inviting, sending again, joining, changing the role, transferring the ownership and leaving."""
    host = Colleague(await browsing.new_page(java_script_enabled=False), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace("Research", "Acme")
    await host.open_members()
    email = new_address("nora")
    await host.invite_colleague(email)
    first = await invitation_link(smtp, email)
    await host.row(email).get_by_role("button", name="Send again").click()
    assert await invitation_link(smtp, email, 2) == first

    nora = Colleague(await browsing.new_page(java_script_enabled=False), shared_server.url)
    await join_as_newcomer(nora.page, first, "Nora")
    await nora.sees_heading("Research")

    await host.page.reload()
    await host.change_role("Nora", "admin")
    await host.page.get_by_role("link", name="Transfer ownership").click()
    await host.page.get_by_label("New owner").select_option(label=f"Nora ({email}), admin")
    await host.page.get_by_role("button", name="Transfer ownership").click()
    await expect(host.page.get_by_text("Nora is the owner now, and you are an admin.")).to_be_visible()
    await host.row("(you)").get_by_role("link", name="Leave").click()
    await host.page.get_by_role("button", name="Leave workspace").click()
    await host.sees_heading("Workspaces")
    await expect(host.page.get_by_text("You have left “Research”.")).to_be_visible()

    await nora.open_members()
    await expect(nora.row("(you)")).to_contain_text("The only owner")


async def test_an_invitation_for_another_address_says_so(
    browsing: Browsing,
    shared_server: RunningServer,
    shared_database_url: str,
    hanna: Person,
    smtp: SmtpStandIn,
) -> None:
    """Whoever is signed in with another one is told which it is for, and can sign out to go on."""
    host = Colleague(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace("Research", "Acme")
    await host.open_members()
    email = new_address("nils")
    await host.invite_colleague(email)
    link = await invitation_link(smtp, email)

    other = Colleague(await browsing.new_page(), shared_server.url)
    await other.arrive_as(add_person(shared_server, shared_database_url, "Oscar"))
    await other.page.goto(link)
    await expect(other.page.get_by_text(f"This invitation is for {email}.")).to_be_visible()
    await other.page.get_by_role("button", name="Sign out").click()
    await other.sees_heading("Sign in to Qwalo")
    await join_as_newcomer(other.page, link, "Nils")
    await other.sees_heading("Research")


async def test_a_revoked_invitation_helps_on(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """The link that was mailed leads to a page that says what to do."""
    host = Colleague(await browsing.new_page(), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace("Research", "Acme")
    await host.open_members()
    email = new_address("nele")
    await host.invite_colleague(email)
    link = await invitation_link(smtp, email)
    await host.row(email).get_by_role("link", name="Revoke").click()
    await host.page.get_by_role("button", name="Revoke invitation").click()
    await expect(host.page.get_by_text(f"The invitation to {email} does not work any more.")).to_be_visible()

    nele = await browsing.new_page()
    browsing.expect_status(404)
    await nele.goto(link)
    await expect(nele.get_by_role("heading", level=1)).to_have_text("This invitation does not work")
    await expect(nele.get_by_text("ask for a new invitation")).to_be_visible()


async def test_what_an_admin_leaves_behind_is_asked_about(
    browsing: Browsing, shared_server: RunningServer, hanna: Person, smtp: SmtpStandIn
) -> None:
    """A demotion with the box cleared leaves the invitation as it is; a removal with the box ticked revokes it."""
    host = Colleague(await browsing.new_page(java_script_enabled=False), shared_server.url)
    await host.arrive_as(hanna)
    await host.create_workspace("Research", "Acme")
    await host.open_members()
    email, other = new_address("nick"), new_address("nora")
    await host.invite_colleague(email, "Admin")
    nick = Colleague(await browsing.new_page(), shared_server.url)
    await join_as_newcomer(nick.page, await invitation_link(smtp, email), "Nick")
    await nick.sees_heading("Research")
    await nick.open_members()
    await nick.invite_colleague(other, "Observer")

    await host.page.reload()
    await host.change_role("Nick", "member")
    await host.sees_heading("Make Nick member?")
    await expect(host.page.get_by_text("1 open invitation to this workspace that they sent.")).to_be_visible()
    await host.page.get_by_label("Revoke this invitation too").uncheck()
    await host.page.get_by_role("button", name="Change role").click()
    await expect(host.page.get_by_text("The role of Nick is member now.")).to_be_visible()
    await expect(host.row(other)).to_be_visible()

    await host.row("Nick").get_by_role("link", name="Remove Nick").click()
    await expect(host.page.get_by_label("Revoke this invitation too")).to_be_checked()
    browsing.expect_status(404)
    browsing.expect(r"EventSource|\[object Event\]")
    await host.page.get_by_role("button", name="Remove from workspace").click()
    await expect(host.page.get_by_text("Nick is not in this workspace any more.")).to_be_visible()
    await expect(host.page.get_by_text(other)).to_have_count(0)
