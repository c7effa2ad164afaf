"""What people do in a call, in the words that they see, and what their browsers receive meanwhile."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urljoin

import msgspec
from playwright.async_api import Browser, Locator, Page, WebSocket, expect

from tests.journeys.browsing import Browsing
from tests.journeys.call_browsers import NOTE_SILENCE, RECEIVED, WATCH
from tests.journeys.hosting import HostApi
from tests.people import Person, interview_path, invitee_path
from tests.server import RunningServer

MEDIA_SECONDS = 20
# The order of what is sent from one browser to another, by its number in the session description.
MICROPHONE, CAMERA, SCREEN = "0", "1", "2"
SCREEN_OF_VOICE = "1"
TITLE = "Why did you choose us?"
HOST, INVITEE = "Hanna", "Ines"

Found = TypeVar("Found")


class Received(msgspec.Struct, frozen=True):
    """What one connection receives: frames and widths of each video by its number, and the sound of the microphone."""

    state: str
    frames: dict[str, int]
    width: dict[str, int]
    energy: float
    packets: int
    relayed: bool | None


class Room:
    """The room of an invitee of its own, in an interview and a workspace of its own."""

    def __init__(self, server: RunningServer, host: Person, api: HostApi, mode: str = "video") -> None:
        self.url = server.settings.public_url
        self.host = host
        self.api = api
        self.interview = api.create_interview(TITLE, mode)
        self.invitee = api.invite(self.interview, "ines@client.example", INVITEE)
        self.call_page = f"{self.url}/dashboard{invitee_path(self.interview, self.invitee)}/call"

    def status(self) -> str:
        return str(self.api.invitee(self.interview, self.invitee)["status"])

    def calls(self) -> list[dict[str, Any]]:
        """The records of the calls that were held in it."""
        response = self.api.request("GET", f"{interview_path(self.interview)}/calls")
        assert response.status_code == 200, response.text
        calls: list[dict[str, Any]] = response.json()
        return calls


class Caller:
    """Somebody in a call, or on the way into one. `told` is all that the server has said to their page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.told: list[dict[str, Any]] = []
        page.on("websocket", self._listen)

    async def press(self, name: str) -> None:
        await self.button(name).click()

    async def join(self, button: str = "Join") -> None:
        """From the device check, once its page is complete."""
        await self.page.wait_for_load_state()
        name = self.page.get_by_label("Your name")
        if await name.is_visible() and not await name.input_value():
            await name.fill(INVITEE)
        await self.press(button)

    async def write(self, text: str) -> None:
        await self.open_chat()
        await self.page.get_by_label("Message", exact=True).fill(text)
        await self.press("Send")

    async def open_chat(self) -> None:
        if await self.button("Chat").get_attribute("aria-expanded") == "false":
            await self.press("Chat")

    async def reads(self, text: str) -> None:
        await self.open_chat()
        await expect(self.page.get_by_role("complementary").get_by_text(text, exact=True)).to_be_visible()

    async def end(self) -> None:
        await self.press("End call")
        await self.press("End call for everyone")

    async def observer_link(self) -> str:
        """What the host's button Copy observer link copies."""
        return str(await self.button("Copy observer link").get_attribute("data-copy"))

    async def sees_heading(self, text: str) -> None:
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def view_of(self, name: str) -> Locator:
        """The place on the stage where somebody is seen, or their screen."""
        return self.page.get_by_role("group", name=name, exact=True)

    async def receives(self, *video: str, others: int = 1) -> None:
        """Waits until sound, and a picture for each of `video`, has come from so many others."""
        await soon(lambda: self._receives(video, others), "media flows", MEDIA_SECONDS)

    async def sees(self, *video: str, others: int = 1) -> None:
        """Waits until pictures have come; whoever is muted is seen, and not heard."""
        await soon(lambda: self._receives(video, others, sound=False), "pictures come", MEDIA_SECONDS)

    async def receives_more(self, *video: str) -> None:
        """Waits until what comes in is more than it is now, in each connection."""
        before = await self.received()

        async def found() -> bool:
            now = await self.received()
            return len(now) == len(before) and all(
                _is_more(one, other, video) for one, other in zip(before, now, strict=True)
            )

        await soon(found, "more media comes in", MEDIA_SECONDS)

    async def received(self) -> list[Received]:
        return msgspec.convert(await self.page.evaluate(RECEIVED), list[Received])

    async def connections(self) -> int:
        """How many this page has made so far."""
        return int(await self.page.evaluate("callWatch.connections.length"))

    async def asked_for(self) -> list[dict[str, bool]]:
        """What the page has asked the browser for: camera, microphone."""
        asked: list[dict[str, bool]] = await self.page.evaluate("callWatch.media")
        return asked

    async def note_silence(self) -> None:
        await self.page.evaluate(NOTE_SILENCE)

    async def longest_silence(self) -> float:
        """In seconds, since `note_silence`."""
        return float(await self.page.evaluate("callWatch.silence")) / 1000

    async def sockets(self) -> list[int]:
        """The `readyState` of each socket that the page has opened so far."""
        states: list[int] = await self.page.evaluate("callWatch.sockets.map((socket) => socket.readyState)")
        return states

    async def has_a_socket(self, opened: int) -> None:
        """Waits until the page has opened so many sockets, the last of which is open."""

        async def found() -> bool:
            states = await self.sockets()
            return len(states) >= opened and states[-1] == 1

        await soon(found, "the page is connected again")

    def _listen(self, socket: WebSocket) -> None:
        def hear(data: str | bytes) -> None:
            # The protocol's own frames, pings and closes, are heard too.
            if isinstance(data, str) and data.startswith("{"):
                self.told.append(json.loads(data))

        socket.on("framereceived", hear)

    async def _receives(self, video: tuple[str, ...], others: int, *, sound: bool = True) -> bool:
        received = await self.received()
        return len(received) == others and all(_flows(one, video, sound) for one in received)


class Calls:
    """Opens pages in browsers with a camera and a microphone: hosts in one browser, whoever they call in another."""

    def __init__(self, browsing: Browsing, host_browser: Browser, invitee_browser: Browser) -> None:
        self._browsing = browsing
        self._host_browser = host_browser
        self._invitee_browser = invitee_browser
        self.expect = browsing.expect
        self.expect_status = browsing.expect_status

    async def host(self, room: Room) -> Caller:
        """The host, who has signed in earlier, at the device check."""
        return await self.signed_in(room.host, room.call_page, self._host_browser)

    async def host_at_the_interview(self, room: Room) -> Caller:
        """The host at the interview's page of the dashboard."""
        return await self.signed_in(
            room.host, f"{room.url}/dashboard{interview_path(room.interview)}", self._host_browser
        )

    async def another_tab(self, caller: Caller) -> Caller:
        """The same page once more in the same browser."""
        page = await caller.page.context.new_page()
        await page.goto(caller.page.url)
        return Caller(page)

    async def signed_in(self, person: Person, page: str, browser: Browser | None = None) -> Caller:
        """Somebody with a session, at that page."""
        caller = await self._caller(browser or self._invitee_browser)
        origin = urljoin(page, "/")
        await caller.page.context.add_cookies(
            [{"name": name, "value": value, "url": origin} for name, value in person.cookies.items()]
        )
        await caller.page.goto(page)
        return caller

    async def invitee(self, room: Room) -> Caller:
        """The invitee, who has opened the personal link, at the device check."""
        caller = await self._caller(self._invitee_browser)
        await caller.page.goto(room.invitee["link"])
        return caller

    async def meet(self, room: Room, *video: str) -> tuple[Caller, Caller]:
        """Host and invitee in a call, with sound and `video` both ways."""
        host, invitee = await self.host(room), await self.invitee(room)
        await host.join()
        await invitee.join()
        await host.press("Admit")
        await asyncio.gather(host.receives(*video), invitee.receives(*video))
        return host, invitee

    async def _caller(self, browser: Browser) -> Caller:
        page = await self._browsing.new_page_in(browser)
        await page.context.add_init_script(WATCH)
        return Caller(page)


async def soon(probe: Callable[[], Awaitable[Found]], what: str, seconds: float = 10) -> Found:
    """What `probe` returns, once that is true; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := await probe()):
        assert time.monotonic() < deadline, f"Not within {seconds} s: {what}"
        await asyncio.sleep(0.1)
    return found


def _flows(one: Received, video: tuple[str, ...], sound: bool) -> bool:
    seen = all(one.frames.get(mid, 0) > 0 for mid in video)
    return one.state == "connected" and seen and (one.energy > 0 or not sound)


def _is_more(before: Received, now: Received, video: tuple[str, ...]) -> bool:
    return (
        now.state == "connected"
        and now.energy > before.energy
        and all(now.frames.get(mid, 0) > before.frames.get(mid, 0) for mid in video)
    )
