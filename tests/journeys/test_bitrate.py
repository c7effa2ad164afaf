"""How much of camera and screen a line can bear, as the room's page decides it from what the browser measures."""

from typing import Any

import pytest

from qwalo.web.static_files import static
from tests.journeys.browsing import Browsing
from tests.server import RunningServer

pytestmark = pytest.mark.asyncio(loop_scope="session")
GOOD: dict[str, float] = {"loss": 0, "roundTripMs": 40, "available": 3_000_000}
BAD: dict[str, float] = {"loss": 0.12, "roundTripMs": 300, "available": 300_000}
UNBEARABLE: dict[str, float] = {"loss": 0.4, "roundTripMs": 2000, "available": 40_000}
# Two seconds each; what is allowed after every one of them.
PLAY = """async ([address, samples, sharing]) => {
    const { Bitrate } = await import(address);
    const line = new Bitrate({ forObserver: false });
    return samples.map((sample) => {
        line.sample(sample, sharing);
        return { camera: line.camera, screen: line.screen };
    });
}"""


async def play(
    browsing: Browsing, server: RunningServer, samples: list[dict[str, float]], *, sharing: bool = False
) -> list[dict[str, Any]]:
    page = await browsing.new_page()
    await page.goto(f"{server.url}/sign-in")
    allowed: list[dict[str, Any]] = await page.evaluate(PLAY, [static("js/room/bitrate.js"), samples, sharing])
    return allowed


async def test_on_a_good_line_nothing_is_held_back(browsing: Browsing, shared_server: RunningServer) -> None:
    allowed = await play(browsing, shared_server, [GOOD] * 30)
    assert {entry["camera"]["maxBitrate"] for entry in allowed} == {1_200_000}
    assert all(entry["camera"]["active"] for entry in allowed)


async def test_on_a_bad_line_the_picture_gets_smaller_step_by_step(
    browsing: Browsing, shared_server: RunningServer
) -> None:
    allowed = await play(browsing, shared_server, [BAD] * 20)
    rates = [entry["camera"]["maxBitrate"] for entry in allowed]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == 200_000
    assert all(entry["camera"]["active"] for entry in allowed)


async def test_a_picture_that_cannot_be_held_is_paused_and_comes_back(
    browsing: Browsing, shared_server: RunningServer
) -> None:
    """The voice has the line for itself meanwhile."""
    allowed = await play(browsing, shared_server, [UNBEARABLE] * 5 + [GOOD] * 40)
    active = [entry["camera"]["active"] for entry in allowed]
    assert active[0]
    assert not active[4]
    assert active[-1]


async def test_a_screen_is_paused_after_the_camera(browsing: Browsing, shared_server: RunningServer) -> None:
    allowed = await play(browsing, shared_server, [UNBEARABLE] * 12, sharing=True)
    camera = [entry["camera"]["active"] for entry in allowed]
    screen = [entry["screen"]["active"] for entry in allowed]
    assert camera.index(False) < screen.index(False)


async def test_a_line_that_bears_one_step_and_not_the_next_is_not_tried_for_ever(
    browsing: Browsing, shared_server: RunningServer
) -> None:
    samples = ([BAD] * 2 + [GOOD] * 6) * 12
    rates = [entry["camera"]["maxBitrate"] for entry in await play(browsing, shared_server, samples)]
    changes = [number for number in range(1, len(rates)) if rates[number] != rates[number - 1]]
    assert len([number for number in changes if number > len(rates) // 2]) < len(changes) / 2
