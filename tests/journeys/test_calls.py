"""A call from the personal link to its record, with sound and picture in two real browsers."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.journeys.calling import CAMERA, HOST, INVITEE, SCREEN, SCREEN_OF_VOICE, TITLE, Caller, Calls, Room, soon

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_video_call_from_the_link_to_the_record(calls: Calls, room: Room) -> None:
    """The invitee waits, the host lets them in and ends the call, and both are told what has become of it."""
    host, invitee = await calls.host_at_the_interview(room), await calls.invitee(room)
    await invitee.sees_heading(TITLE)
    await invitee.join()
    await invitee.sees_heading(f"Waiting for {HOST} to let you in")
    await expect(host.page.get_by_text("Waiting now")).to_be_visible()
    await go_to_call(host)
    await host.sees_heading(TITLE)
    await host.join()
    assert await invitee.connections() == 0, "nothing is sent to somebody who waits"
    await host.press("Admit")
    await asyncio.gather(host.receives(CAMERA), invitee.receives(CAMERA))
    await invitee.sees_heading(TITLE)
    [open_call] = room.calls()
    assert "endedAt" not in open_call

    await host.end()
    await host.sees_heading(f"Call with {INVITEE}")
    await expect(host.page.get_by_text("Duration")).to_be_visible()
    await invitee.sees_heading(f"Thank you, {INVITEE}")
    assert room.status() == "completed"
    [call] = room.calls()
    assert call["id"] == open_call["id"]
    assert call["endReason"] == "host_ended"
    assert 0 <= call["durationSeconds"] < 60
    assert {(person["role"], person["name"]) for person in call["participants"]} == {
        ("host", HOST),
        ("invitee", INVITEE),
    }
    assert all("leftAt" in person for person in call["participants"])


async def test_join_can_be_pressed_too_early(calls: Calls, room: Room) -> None:
    """Before the page's scripts are there, as on a slow connection, it does no harm: pressed again, it joins."""
    host = await calls.host(room)
    await host.page.route("**/room/page.js*", later, times=1)
    await host.page.reload(wait_until="commit")
    await host.press("Join")
    waiting = host.page.get_by_text(f"Waiting for {INVITEE}")

    async def joined() -> bool:
        if await host.button("Join").is_visible():
            await host.join()
        return await waiting.is_visible()

    await soon(joined, "the host is in the room")


async def test_a_voice_call_never_asks_for_a_camera(calls: Calls, voice_room: Room) -> None:
    """Not in the check, not in the call, and not on a reload; a screen can still be shown."""
    host, invitee = await calls.meet(voice_room)
    for caller in (host, invitee):
        await expect(caller.button("Turn camera off")).to_have_count(0)
        await expect(caller.button("Turn camera on")).to_have_count(0)
    await host.press("Share screen")
    await invitee.receives(SCREEN_OF_VOICE)
    await invitee.page.reload()
    await invitee.receives(SCREEN_OF_VOICE)
    for caller in (host, invitee):
        asked = await caller.asked_for()
        assert asked
        assert not any(one["video"] for one in asked)


async def test_what_is_off_is_shown_as_off(calls: Calls, room: Room) -> None:
    """Microphone, camera and screen go off and on without another connection, and the other side is told."""
    host, invitee = await calls.meet(room, CAMERA)
    seen = host.view_of(INVITEE)
    await invitee.press("Mute")
    await expect(seen.get_by_text("Muted:")).to_be_visible()
    await invitee.press("Unmute")
    await expect(seen.get_by_text("Muted:")).to_be_hidden()

    await expect(seen.locator("video")).to_be_visible()
    await invitee.press("Turn camera off")
    await expect(seen.locator("video")).to_be_hidden()
    await invitee.press("Turn camera on")
    await expect(seen.locator("video")).to_be_visible()
    await host.receives_more(CAMERA)

    await invitee.press("Share screen")
    await expect(host.view_of(f"{INVITEE}\u2019s screen").locator("video")).to_be_visible()
    await host.receives(CAMERA, SCREEN)
    await invitee.press("Stop sharing")
    await expect(host.view_of(f"{INVITEE}\u2019s screen")).to_have_count(0)
    await host.receives_more(CAMERA)
    assert (await host.connections(), await invitee.connections()) == (1, 1)


async def test_a_declined_invitee_learns_nothing_and_can_be_let_in(calls: Calls, room: Room) -> None:
    """Their page says so clearly, no connection is made, and it goes on by itself when the host thinks again."""
    host, invitee = await calls.host(room), await calls.invitee(room)
    await host.join()
    await host.write("This is for those who are in.")
    await invitee.join()
    await host.press("Decline")
    await invitee.sees_heading(f"{HOST} cannot talk with you now")
    assert await host.connections() == 0
    assert {message["type"] for message in invitee.told} <= {"welcome", "state", "chat", "ping"}
    assert all(set(message) <= {"type", "phase", "now"} for message in invitee.told if message["type"] == "state")
    assert not any(message.get("messages") for message in invitee.told)
    await invitee.page.reload()
    await invitee.sees_heading(f"{HOST} cannot talk with you now")

    await host.press("Let them in")
    await invitee.sees_heading(TITLE)
    await invitee.join()
    await asyncio.gather(host.receives(CAMERA), invitee.receives(CAMERA))


async def test_whoever_leaves_can_come_back(calls: Calls, room: Room) -> None:
    """The invitee needs no second admission; the host goes to the interview's page and comes back from there."""
    host, invitee = await calls.meet(room, CAMERA)
    await invitee.press("Leave")
    await invitee.sees_heading("You left the call")
    await expect(host.page.get_by_text(f"{INVITEE} is not here now")).to_be_visible()
    await invitee.press("Rejoin")
    await asyncio.gather(host.receives(CAMERA), invitee.receives(CAMERA))

    await host.press("Leave")
    await expect(invitee.page.get_by_text(f"{HOST} is not here at the moment")).to_be_visible()
    await go_to_call(host)
    await host.join()
    await asyncio.gather(host.receives(CAMERA), invitee.receives(CAMERA))
    assert len(room.calls()) == 1


async def go_to_call(host: Caller) -> None:
    """From the interview's page to the device check."""
    await host.page.get_by_role("link", name=f"Open call with {INVITEE}").click()
    await host.page.wait_for_url("**/call")


async def later(route: Route) -> None:
    await asyncio.sleep(1)
    await route.continue_()
