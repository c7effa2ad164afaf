"""What people do in the browser, in the words that they see: the host in the dashboard, the invitee by the link."""

import asyncio
import re
from email.message import EmailMessage

from playwright.async_api import Locator, Page, expect

from tests.people import Person
from tests.server import until
from tests.smtp import SmtpStandIn

NO_RELOAD = "the same page as before"


class Host:
    """Somebody in the dashboard."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    async def sign_in(self, link: str, name: str = "", email: str = "") -> None:
        """By a link of the terminal; a new person says who it is."""
        await self.page.goto(link)
        if name:
            await self.page.get_by_label("How shall we call you?").fill(name)
            await self.page.get_by_label("Email").fill(email)
        await self.page.get_by_role("button", name="Sign in").click()
        await self.sees_heading("Workspaces")

    async def arrive_as(self, person: Person) -> None:
        """With the session that a browser keeps from an earlier visit."""
        await self.page.context.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in person.cookies.items()]
        )
        await self.page.goto(f"{self.url}/dashboard")
        await self.sees_heading("Workspaces")

    async def create_workspace(self, name: str = "Research", organization: str = "Acme") -> None:
        await self.page.get_by_role("link", name=re.compile("Create your first workspace|New workspace")).click()
        await self.page.get_by_label("Name").fill(name)
        await self.page.get_by_label("Organization").fill(organization)
        await self.page.get_by_role("button", name="Create workspace").click()
        await self.sees_heading(name)

    async def create_interview(self, title: str, mode: str = "Video") -> None:
        await self.page.get_by_role("link", name=re.compile("(Create your first|New) interview")).first.click()
        await self.page.get_by_label("Title").fill(title)
        await self.page.get_by_role("radio", name=mode).check()
        await self.page.get_by_role("button", name="Create interview").click()
        await self.sees_heading(title)

    async def invite(self, email: str, name: str = "") -> None:
        await self.type_invitation(email, name)
        await expect(self.row(email)).to_be_visible()

    async def type_invitation(self, email: str, name: str = "") -> None:
        await self.page.get_by_label("Email").fill(email)
        await self.page.get_by_label("Name").fill(name)
        await self.page.get_by_role("button", name="Send invitation").click()

    async def press(self, button: str, email: str) -> None:
        """A button in the row of an invitee."""
        await self.row(email).get_by_role("button", name=re.compile(button)).click()

    async def press_and_agree(self, button: str, email: str) -> None:
        """The same where a question follows, which only scripts can ask."""
        await self.press(button, email)
        await self.page.get_by_role("dialog").get_by_role("button", name=button).click()

    async def open_account_menu(self) -> None:
        await self.page.get_by_role("navigation", name="Account").get_by_role("group").click()

    def row(self, email: str) -> Locator:
        return self.page.get_by_role("row").filter(has_text=email)

    async def sees_heading(self, text: str) -> None:
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    async def sees_that_it_was_sent(self, email: str) -> None:
        await expect(self.row(email).get_by_role("time")).to_be_visible()

    async def sees_status(self, email: str, status: str) -> None:
        await expect(self.row(email).get_by_text(status, exact=True)).to_be_visible()


class Invitee:
    """Somebody without an account, with a link."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def open(self, link: str) -> None:
        await self.page.goto(link)

    async def join(self) -> None:
        await self.say_name()
        await self.page.get_by_role("button", name="Join").click()
        await self.sees_heading("Waiting for")

    async def accept_without_scripts(self) -> None:
        await self.say_name()
        await self.page.get_by_role("button", name="Join").click()
        # What is said to those without scripts alone is no text to the other locators.
        await expect(self.page.locator("noscript .notice")).to_contain_text("You have accepted the invitation")

    async def say_name(self) -> None:
        """Where the invitation has not said it already."""
        field = self.page.get_by_label("Your name")
        if not await field.input_value():
            await field.fill("Ines")

    async def sees_heading(self, text: str) -> None:
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text(text)


async def mark(page: Page) -> None:
    """Leave a mark in the window that a reload takes away."""
    await page.evaluate("text => { window.mark = text }", NO_RELOAD)


async def assert_not_reloaded(page: Page) -> None:
    assert await page.evaluate("window.mark") == NO_RELOAD


def link_in(text: str, path: str = "i") -> str:
    """The one personal link in the text of a mail."""
    links = set(re.findall(rf"https?://[^\s\"'<>]+/{path}/[\w-]+", text))
    assert len(links) == 1, f"one link expected, not {links}"
    return str(links.pop())


def bodies(mail: EmailMessage) -> tuple[str, str]:
    """The text and the HTML of a mail."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    return str(text.get_content()), str(html.get_content())


async def mail_to(smtp: SmtpStandIn, email: str, count: int = 1) -> EmailMessage:
    """The last mail to this address, once there are `count`."""

    def found() -> list[EmailMessage]:
        mails = [mail for mail in list(smtp.messages) if email in mail["To"]]
        return mails if len(mails) >= count else []

    return (await asyncio.to_thread(until, found, f"{count} mails to {email}"))[-1]


async def mailed_link(smtp: SmtpStandIn, email: str, count: int = 1) -> str:
    """The personal link in that mail."""
    return link_in(bodies(await mail_to(smtp, email, count))[0])
