"""The bar that shows on every page of the dashboard who waits, while they wait."""

import asyncio
import re
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect
from websockets.asyncio.client import connect

from tests.journeys.acting import Host, assert_not_reloaded, mark
from tests.journeys.browsing import PATIENCE_MS, Browsing
from tests.journeys.calling import soon
from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.people import Person
from tests.room_client import Room
from tests.server import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="session")
TITLE = "Why did you choose us?"
# Counts the sounds of the page: each chime has two notes.
COUNT_NOTES = """window.notes = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...times) { window.notes += 1; return start.apply(this, times); };"""
HIDE = 'Object.defineProperty(Document.prototype, "hidden", { get: () => true })'
NOTE_NOTIFICATIONS = """window.shown = [];
class Noted extends EventTarget {
  constructor(title, options) { super(); this.title = title; window.shown.push([title, options.body]); }
  close() { window.shown = window.shown.filter(([title]) => title !== this.title); }
  static permission = "granted";
}
window.Notification = Noted;"""


@pytest.fixture
def waiting_room(shared_server: RunningServer, hanna: Person, hanna_api: HostApi) -> Room:
    interview = hanna_api.create_interview(TITLE)
    return Room(shared_server, hanna, interview, hanna_api.invite(interview, "ines@example.com", "Ines Duarte"))


@pytest_asyncio.fixture(loop_scope="session")
async def host(browsing: Browsing, shared_server: RunningServer, hanna: Person) -> Host:
    arrived = Host(await browsing.new_page(), shared_server.url)
    await arrived.arrive_as(hanna)
    return arrived


def bar(page: Page) -> Locator:
    return page.get_by_role("region", name="Waiting people")


async def notifications(page: Page) -> list[list[str]]:
    """Title and text of those that are shown."""
    shown: list[list[str]] = await page.evaluate("window.shown")
    return shown


async def none(page: Page) -> bool:
    return not await notifications(page)


async def notes(page: Page) -> int:
    return int(await page.evaluate("window.notes"))


async def test_the_host_sees_at_once_who_waits_and_when_they_have_left(host: Host, waiting_room: Room) -> None:
    """On the page that is open, without a reload, in words for those who do not see it, and in the title."""
    await mark(host.page)
    async with waiting_room.guest() as guest:
        await guest.join()
        await expect(bar(host.page)).to_contain_text("Ines Duarte is waiting")
        await expect(bar(host.page)).to_contain_text(TITLE)
        await expect(host.page.get_by_text(f"Ines Duarte is waiting: {TITLE}")).to_be_attached()
        await expect(host.page).to_have_title(re.compile(r"^\(1\) Workspaces"))
    await expect(bar(host.page)).to_be_hidden()
    await expect(host.page).to_have_title(re.compile(r"^Workspaces"))
    await assert_not_reloaded(host.page)


async def test_the_bar_stays_from_page_to_page(host: Host, waiting_room: Room) -> None:
    async with waiting_room.guest() as guest:
        await guest.join()
        await expect(bar(host.page)).to_be_visible()
        await mark(host.page)
        await host.page.get_by_role("link", name="Research").click()
        await host.sees_heading("Research")
        await expect(bar(host.page)).to_be_visible()
        await expect(host.page).to_have_title(re.compile(r"^\(1\) Research"))
        await assert_not_reloaded(host.page)


async def test_it_leads_to_the_call_by_keyboard(host: Host, waiting_room: Room) -> None:
    """Right after the link to the content. On the page of the room there is no bar: it says there who waits."""
    async with waiting_room.guest() as guest:
        await guest.join()
        await expect(bar(host.page)).to_be_visible()
        await host.page.evaluate("document.activeElement.blur()")
        await host.page.keyboard.press("Tab")
        await host.page.keyboard.press("Tab")
        await expect(bar(host.page).get_by_role("link", name="Open call for Ines Duarte")).to_be_focused()
        await host.page.keyboard.press("Enter")
        await expect(host.page).to_have_url(re.compile(rf"{waiting_room.path}$"))
        await expect(host.page.locator("#room")).to_be_attached()
        await expect(host.page.locator("#waiting")).to_have_count(0)


async def test_an_update_keeps_the_focus(host: Host, waiting_room: Room, hanna: Person, hanna_api: HostApi) -> None:
    """Somebody else who comes does not take the button away under one's fingers."""
    invitee = hanna_api.invite(waiting_room.interview, "noor@example.com", "Noor Haddad")
    another = Room(waiting_room.server, hanna, waiting_room.interview, invitee)
    async with waiting_room.guest() as first, another.guest() as second:
        await first.join()
        link = bar(host.page).get_by_role("link", name="Open call for Ines Duarte")
        await link.focus()
        await second.join()
        await expect(bar(host.page)).to_contain_text("Noor Haddad is waiting")
        await expect(link).to_be_focused()
        await expect(host.page).to_have_title(re.compile(r"^\(2\) "))


async def test_one_of_several_tabs_rings_and_once(host: Host, waiting_room: Room) -> None:
    """A page that is opened while they wait makes no sound either."""
    await host.page.context.add_init_script(COUNT_NOTES)
    other = await host.page.context.new_page()
    for page in (host.page, other):
        await page.goto(f"{waiting_room.server.url}/dashboard")
        # Before the first press a browser holds sound back.
        await page.keyboard.press("Shift")
        await page.get_by_role("heading", level=1).click()
    async with waiting_room.guest() as guest:
        await guest.join()
        await expect(bar(host.page)).to_be_visible()
        await expect(bar(other)).to_be_visible()
        await asyncio.sleep(1)
        assert await notes(host.page) + await notes(other) == 2
        await host.page.reload()
        await host.page.get_by_role("heading", level=1).click()
        await expect(bar(host.page)).to_be_visible()
        await asyncio.sleep(0.5)
        assert await notes(host.page) == 0


async def test_a_hidden_page_shows_a_notification_and_takes_it_back(host: Host, waiting_room: Room) -> None:
    for script in (HIDE, NOTE_NOTIFICATIONS):
        await host.page.context.add_init_script(script)
    await host.page.reload()
    async with waiting_room.guest() as guest:
        await guest.join()
        assert await soon(lambda: notifications(host.page), "there is one") == [["Ines Duarte is waiting", TITLE]]
    await soon(lambda: none(host.page), "it is taken back")


async def test_notifications_are_asked_for_by_a_press_alone(host: Host, waiting_room: Room) -> None:
    await host.page.context.add_init_script(
        """Object.defineProperty(Notification, "permission", { get: () => window.answer ?? "default" });
        Notification.requestPermission = async () => (window.answer = "granted");"""
    )
    await host.page.reload()
    async with waiting_room.guest() as guest:
        await guest.join()
        button = bar(host.page).get_by_role("button", name="Turn on notifications")
        await expect(button).to_be_visible()
        assert await host.page.evaluate("window.answer ?? null") is None
        await button.click()
        await expect(button).to_be_hidden()
        await expect(host.page.get_by_text("Notifications are on.")).to_be_attached()


async def test_the_socket_is_closed_for_whoever_is_not_signed_in(shared_server: RunningServer) -> None:
    address = f"{shared_server.url.replace('http', 'ws', 1)}/dashboard/waiting/socket"
    async with connect(address) as socket:
        await socket.wait_closed()
        assert socket.close_code == 4401


async def test_a_page_is_told_again_after_the_server_has_restarted(
    browsing: Browsing, database_url: str, tmp_path: Path
) -> None:
    """It comes back by itself."""
    browsing.expect(r"WebSocket connection|EventSource|ERR_|\[object Event\]|htmx:")
    with RunningServer(tmp_path, {"DATABASE_URL": database_url}, options=("--no-worker",)) as server:
        person = add_person(server, database_url, "Hanna")
        host = Host(await browsing.new_page(), server.url)
        await host.arrive_as(person)
        await mark(host.page)
        await asyncio.to_thread(server.restart)
        with HostApi(server, person) as api:
            interview = api.create_interview(TITLE)
            room = Room(server, person, interview, api.invite(interview, "ines@example.com", "Ines Duarte"))
        async with room.guest() as guest:
            await guest.join()
            await expect(bar(host.page)).to_be_visible(timeout=PATIENCE_MS)
        await assert_not_reloaded(host.page)
