"""The React dashboard of `docs/howto/react-dashboard.md`: its code compiles, and works in a browser."""

import functools
import re
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests import clients
from tests.browser_check import find_chromium
from tests.clerk import ClerkStandIn
from tests.clients import CLIENTS, DASHBOARD
from tests.journeys.browsing import CHROMIUM_FLAGS, PATIENCE_MS
from tests.node_packages import ROOT, install, run, skip_without_node
from tests.server import RunningServer
from tests.smtp import free_port

PAGE = ROOT / "docs" / "howto" / "react-dashboard.md"
CLERK_SCRIPT = Path(__file__).with_name("clerk_browser.js")
SHOWN = re.compile(r"^```(?:tsx|ts|sh)\n(?:// |# )(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def packages() -> None:
    skip_without_node()
    install(CLIENTS)
    clients.build()


@pytest.fixture
def clerk() -> ClerkStandIn:
    """Whose sessions are of the dashboard's origin."""
    return ClerkStandIn(public_url=f"http://127.0.0.1:{free_port()}")


@pytest.fixture
def server(clerk: ClerkStandIn, address: str, tmp_path: Path) -> Iterator[RunningServer]:
    """Lets the dashboard in, by the settings that the page names."""
    port = free_port()
    parties = f"http://127.0.0.1:{port},{clerk.public_url}"
    variables = clerk.environment() | {
        "DATABASE_URL": address,
        "QWALO_CORS_ORIGINS": clerk.public_url,
        "CLERK_AUTHORIZED_PARTIES": parties,
    }
    with RunningServer(tmp_path / "server", variables, options=("--no-worker",), port=port) as running:
        yield running


@pytest.fixture
def dashboard(packages: None, clerk: ClerkStandIn, server: RunningServer, tmp_path: Path) -> Iterator[str]:
    """Built as for production, at an origin of its own."""
    variables = {"VITE_QWALO_URL": server.url, "VITE_CLERK_PUBLISHABLE_KEY": clerk.publishable_key}
    run("vite", "build", str(DASHBOARD), "--outDir", str(tmp_path / "dist"), folder=CLIENTS, variables=variables)
    handler = functools.partial(_Files, directory=str(tmp_path / "dist"))
    web = ThreadingHTTPServer(("127.0.0.1", int(clerk.public_url.rpartition(":")[2])), handler)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield clerk.public_url
    web.shutdown()
    thread.join()
    web.server_close()


@pytest.fixture
async def page(dashboard: str, clerk: ClerkStandIn) -> AsyncIterator[Page]:
    """The dashboard as somebody sees it who is signed in at Clerk."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        page = await browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        errors: list[Any] = []
        page.on("pageerror", lambda error: errors.append(error))  # noqa: PLW0108 - it must be a function
        await page.expose_function("clerkToken", lambda: clerk.token(1))
        await page.add_init_script(path=CLERK_SCRIPT)
        await page.goto(dashboard)
        yield page
        await browser.close()
        assert errors == []


def test_the_page_shows_the_files_of_the_example() -> None:
    """Word for word, and every one that somebody wrote."""
    shown = dict(SHOWN.findall(PAGE.read_text()))
    files = [*DASHBOARD.glob("src/*.ts*"), DASHBOARD / ".env.example"]
    assert shown == {str(path.relative_to(DASHBOARD)): path.read_text() for path in files}


def test_the_example_compiles(packages: None) -> None:
    """With the types of React, Clerk and TanStack Query, strictly."""
    run("tsc", "-p", str(DASHBOARD), folder=CLIENTS)


async def test_the_dashboard_makes_an_interview_and_invites(page: Page) -> None:
    """From another origin, with Clerk's tokens; what is refused shows where it was typed."""
    form = page.get_by_role("form", name="New workspace")
    await form.get_by_label("Organization").fill("Acme")
    await form.get_by_role("button").click()
    name = form.get_by_label("Name")
    await page.wait_for_function("document.querySelector('[aria-invalid=true]')?.name === 'name'")
    described = await name.get_attribute("aria-describedby")
    assert await page.locator(f"[id='{described}']").inner_text() != ""
    await name.fill("Research")
    await form.get_by_role("button").click()
    await page.get_by_role("button", name="Research").click()

    form = page.get_by_role("form", name="New interview")
    await form.get_by_label("Title").fill("Why you chose us")
    await form.get_by_label("Mode").select_option("voice")
    await form.get_by_role("button").click()
    card = page.get_by_role("article", name="Why you chose us")
    await card.get_by_role("heading", name="Why you chose us (voice)").wait_for()

    await card.get_by_label("Email").fill("ines@example.com")
    await card.get_by_role("button").click()
    await card.get_by_text("ines@example.com: being sent").wait_for()
    await card.get_by_label("Email").fill("ines@example.com")
    await card.get_by_role("button").click()
    await card.get_by_role("alert").wait_for()


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass
