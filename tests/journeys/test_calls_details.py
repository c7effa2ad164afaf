"""What a person meets around a call: the name, the bell, leaving, a forbidding network, why one is sent away."""

import asyncio

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.journeys.calling import CAMERA, INVITEE, TITLE, Calls, Room
from tests.journeys.test_waiting_bar import NOTE_NOTIFICATIONS

pytestmark = pytest.mark.asyncio(loop_scope="session")
HIDDEN = 'Object.defineProperty(Document.prototype, "hidden", { get: () => true }); 0'
NO_MICROPHONE = """
const real = MediaDevices.prototype.getUserMedia.bind(navigator.mediaDevices, { audio: true });
navigator.mediaDevices.getUserMedia = async () => {
    if (window.allowed) return real();
    throw new DOMException("Permission denied", "NotAllowedError");
};
"""


async def test_nobody_joins_without_a_name(calls: Calls, room: Room) -> None:
    invitee = await calls.invitee(room)
    name = invitee.page.get_by_label("Your name")
    for text in ("", "  "):
        await name.fill(text)
        await invitee.press("Join")
        await invitee.sees_heading(TITLE)
    await name.fill("Ines")
    await invitee.join()
    await expect(invitee.page.get_by_role("heading", level=1)).to_contain_text("Waiting for")


async def test_a_host_who_looks_elsewhere_is_notified(calls: Calls, room: Room) -> None:
    """Of somebody who knocks, and of somebody admitted before who comes back."""
    host, invitee = await calls.host(room), await calls.invitee(room)
    await host.page.evaluate(f"{NOTE_NOTIFICATIONS}; 0")
    await host.join()
    await expect(host.page.get_by_text("You hear a sound when they come.")).to_be_visible()
    await host.page.evaluate(HIDDEN)
    await invitee.join()
    await expect(host.button("Admit")).to_be_visible()
    assert await host.page.evaluate("window.shown") == [[f"{INVITEE} is waiting", TITLE]]
    await host.press("Admit")
    await asyncio.gather(host.receives(CAMERA), invitee.receives(CAMERA))
    assert await host.page.evaluate("window.shown") == []
    await invitee.press("Leave")
    await expect(host.page.get_by_text(f"{INVITEE} is not here now")).to_be_visible()
    await invitee.press("Rejoin")
    await asyncio.gather(host.receives(CAMERA), invitee.receives(CAMERA))
    assert await host.page.evaluate("window.shown") == [[f"{INVITEE} is here", TITLE]]


async def test_who_has_left_is_thanked_when_the_call_ends(calls: Calls, room: Room) -> None:
    """And their devices are off, whatever they press meanwhile."""
    host, invitee = await calls.meet(room, CAMERA)
    await invitee.press("Leave")
    await invitee.sees_heading("You left the call")
    asked = len(await invitee.asked_for())
    await invitee.page.keyboard.press("m")
    await invitee.page.keyboard.press("v")
    assert len(await invitee.asked_for()) == asked
    await host.end()
    await invitee.sees_heading(f"Thank you, {INVITEE}")
    await host.sees_heading(f"Call with {INVITEE}")


async def test_a_network_that_forbids_sockets_is_told(calls: Calls, room: Room) -> None:
    calls.expect("WebSocket")
    invitee = await calls.invitee(room)
    await invitee.page.route_web_socket("**/socket", lambda _: None)
    await invitee.page.reload()
    await invitee.join()
    text = "The server cannot be reached. Your network may block calls."
    # It is said after eight seconds, as most connections take less.
    await expect(invitee.page.get_by_text(text).first).to_be_visible(timeout=20_000)
    await expect(invitee.button("Load again")).to_be_visible()
    await invitee.press("Leave")
    await invitee.sees_heading("You left the call")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (4401, "You are not in this call any more"),
        (4404, "Go to your workspaces"),
        (4421, "Open https://right.example instead."),
        (4423, "full"),
    ],
)
async def test_a_host_is_told_why_the_room_is_closed(calls: Calls, room: Room, code: int, text: str) -> None:
    async def refuse(socket: WebSocketRoute) -> None:
        await socket.close(code=code, reason="Open https://right.example instead.")

    host = await calls.host(room)
    await host.page.route_web_socket("**/socket", refuse)
    await host.page.reload()
    await host.join()
    await expect(host.page.locator("[data-phase=closed]")).to_contain_text(text)


async def test_a_microphone_that_is_blocked_and_then_allowed(calls: Calls, voice_room: Room) -> None:
    host = await calls.host(voice_room)
    await host.page.context.add_init_script(NO_MICROPHONE)
    await host.page.reload()
    state = host.page.locator("[data-preview-state]")
    await expect(state).to_have_text("Your microphone is blocked")
    await host.page.evaluate("window.allowed = true")
    await host.press("Try again")
    await expect(state).to_have_text("")
    await host.press("Mute")
    await expect(state).to_have_text("You are muted")


async def test_another_microphone_is_chosen_in_the_call(calls: Calls, room: Room) -> None:
    """The sound goes on over the same connection."""
    host, invitee = await calls.meet(room, CAMERA)
    await invitee.press("Devices")
    dialog = invitee.page.locator("#devices")
    microphone = dialog.get_by_role("combobox", name="Microphone")
    names = await microphone.locator("option").all_inner_texts()
    await microphone.select_option(label=names[-1])
    await expect(microphone.locator("option:checked")).to_have_text(names[-1])
    assert len(names) > 1
    await invitee.page.keyboard.press("Escape")
    await host.receives_more(CAMERA)
    assert await host.connections() == 1
