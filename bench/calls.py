"""`make bench-calls`: how long it takes from the invitee's Join, and from a reload, to the first picture.

Two Chromium processes.

The host is in the room already, and their page presses Admit as soon as the button is there: what is left is the time
of the product and of the browsers. Each run is another room in fresh browser contexts, with devices that are ready.
"""

import argparse
import asyncio
import os
import secrets
import statistics
import tempfile
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import msgspec
from playwright.async_api import Browser, Page, async_playwright

from bench import servers
from bench.__main__ import database
from bench.call_people import credentials
from bench.call_rows import seed_rooms
from bench.room_socket import Credential
from qwalo.platform.db import migrate
from qwalo.platform.db.embedded import EmbeddedPostgres
from tests.browser_check import find_chromium
from tests.journeys.call_browsers import WATCH, call_flags, write_tone

TARGET_MS = 1000
BACK_TARGET_MS = 2000
PATIENCE_MS = 30_000
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# In the page: moments by the machine's clock, which both browsers share.
MOMENTS = """
window.moments = {
    now: () => performance.timeOrigin + performance.now(),
    shown: (selector, text) =>
        [...document.querySelectorAll(selector)].find(
            (element) => element.checkVisibility() && element.textContent.trim().startsWith(text)),
    until: (find) => new Promise((resolve) => {
        const look = () => {
            const found = find();
            if (!found) return;
            observer.disconnect();
            resolve(found);
        };
        const observer = new MutationObserver(look);
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
        look();
    }),
    firstFrame: async () => {
        for (;;) {
            for (const connection of callWatch.connections) {
                if (connection.connectionState !== "connected") continue;
                for (const report of (await connection.getStats()).values()) {
                    if (report.type === "inbound-rtp" && report.framesDecoded > 0) return moments.now();
                }
            }
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    },
};
"""
JOIN = """async () => {
    moments.shown("button", "Join").click();
    const joined = moments.now();
    const waiting = moments.until(() => moments.shown("h1", "Waiting for") && moments.now());
    const frame = await moments.firstFrame();
    return { joined, waiting: await waiting, frame };
}"""
ADMIT = """async () => {
    const button = await moments.until(() => moments.shown("button", "Admit"));
    const admitted = moments.now();
    button.click();
    return { admitted, frame: await moments.firstFrame() };
}"""
READY = """async () => {
    const pictures = () => [...document.querySelectorAll("video")].some((video) => video.videoWidth > 0);
    while (!pictures()) await new Promise((resolve) => setTimeout(resolve, 50));
}"""


BACK = "async () => (await moments.firstFrame()) - performance.timeOrigin"


class InviteesMoments(msgspec.Struct, frozen=True):
    joined: float
    waiting: float
    frame: float


class HostsMoments(msgspec.Struct, frozen=True):
    admitted: float
    frame: float


# The last is how long the invitee's page took from its reload to the first frame.
Run = tuple[InviteesMoments, HostsMoments, float]


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = os.environ.get("DATABASE_URL") or stack.enter_context(EmbeddedPostgres(folder / "cluster"))
        url = database(cluster, "qwalo_bench_calls")
        migrate.upgrade(url)
        seed_rooms(url, options.runs + 1)
        key = secrets.token_hex(32)
        server = stack.enter_context(servers.qwalo(url, folder / "data", {"QWALO_SECRET_KEY": key}))
        rooms = credentials(server.base, key, options.runs + 1)
        runs = asyncio.run(_measure(rooms, write_tone(folder / "tone.wav")))
        _print(runs)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.calls", description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    return parser.parse_args()


async def _measure(rooms: list[tuple[Credential, Credential]], tone: Path) -> list[Run]:
    program = find_chromium()
    assert program is not None, "There is no browser: run `python -m tests.browser_check`."
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        browsers = []
        for _ in range(2):
            browser = await playwright.chromium.launch(executable_path=program, args=[*FLAGS, *call_flags(tone)])
            stack.push_async_callback(browser.close)
            browsers.append(browser)
        runs = [await _run(browsers, room) for room in rooms]
    # In the first one browsers and server load what they keep.
    return runs[1:]


async def _run(browsers: list[Browser], room: tuple[Credential, Credential]) -> Run:
    async with AsyncExitStack() as stack:
        host, invitee = [
            await _open(stack, browser, credential) for browser, credential in zip(browsers, room, strict=True)
        ]
        await asyncio.gather(host.evaluate(READY), invitee.evaluate(READY))
        await host.get_by_role("button", name="Join").click()
        await host.get_by_role("button", name="End call").wait_for()
        of_host, of_invitee = await asyncio.gather(host.evaluate(ADMIT), invitee.evaluate(JOIN))
        await invitee.reload()
        back = await invitee.evaluate(BACK)
        return msgspec.convert(of_invitee, InviteesMoments), msgspec.convert(of_host, HostsMoments), back


async def _open(stack: AsyncExitStack, browser: Browser, credential: Credential) -> Page:
    context = await browser.new_context()
    stack.push_async_callback(context.close)
    context.set_default_timeout(PATIENCE_MS)
    name, _, value = credential.cookie.partition("=")
    await context.add_cookies([{"name": name, "value": value, "url": credential.base}])
    await context.add_init_script(WATCH)
    await context.add_init_script(MOMENTS)
    page = await context.new_page()
    await page.goto(f"{credential.base}{credential.path.removesuffix('/socket')}")
    return page


def _print(runs: list[Run]) -> None:
    print(f"{len(runs)} calls, milliseconds\n")
    print(f"{'':<36}{'median':>8}{'p90':>8}{'max':>8}")
    _print_row("Join to the waiting room", [invitee.waiting - invitee.joined for invitee, _, _ in runs])
    _print_row("Join to Admit", [host.admitted - invitee.joined for invitee, host, _ in runs])
    _print_row("Admit to the invitee's first frame", [invitee.frame - host.admitted for invitee, host, _ in runs])
    _print_row("Admit to the host's first frame", [host.frame - host.admitted for _, host, _ in runs])
    _print_row("Join to the invitee's first frame", [invitee.frame - invitee.joined for invitee, _, _ in runs])
    _print_row("Join to the host's first frame", [host.frame - invitee.joined for invitee, host, _ in runs])
    median = _print_row("Join to both", [max(invitee.frame, host.frame) - invitee.joined for invitee, host, _ in runs])
    back = _print_row("Reload to the invitee's first frame", [back for _, _, back in runs])
    print(
        f"\nTargets: a median below {TARGET_MS} ms to both: {'reached' if median < TARGET_MS else 'missed'};", end=" "
    )
    print(f"back within {BACK_TARGET_MS} ms: {'reached' if back < BACK_TARGET_MS else 'missed'}")


def _print_row(what: str, times: list[float]) -> float:
    """Returns the median."""
    median = statistics.median(times)
    p90 = statistics.quantiles(times, n=10, method="inclusive")[8]
    print(f"{what:<36}{median:>8.0f}{p90:>8.0f}{max(times):>8.0f}")
    return median


if __name__ == "__main__":
    main()
