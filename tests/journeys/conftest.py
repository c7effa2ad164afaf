"""What journeys have: a browser that reports every complaint of a page, a running server, people with sessions."""

import os
import re
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.testing import AsyncTestClient
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, async_playwright
from psycopg.conninfo import conninfo_to_dict

from qwalo.platform.db.embedded import EmbeddedPostgres
from qwalo.platform.db.pool import SESSION_OPTIONS
from tests import server as servers
from tests.browser_check import find_chromium
from tests.conftest import TEMPLATE, _make_template, with_database
from tests.people import Api, People, Person
from tests.server import RunningServer
from tests.smtp import SmtpStandIn

# Not a secure context, as 127.0.0.1 is one: what a browser makes of a plain address in the local network.
PLAIN_HOST = "qwalo.test"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
RESULTS = Path("test-results")
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`))"""
# Patience of everything that a person waits for. Two busy cores are slow at times.
PATIENCE_MS = 10_000
failed = pytest.StashKey[bool]()


class Browsing:
    """Opens browser contexts, as so many people, and collects what their pages complain about."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._expected: list[re.Pattern[str]] = []
        self._complaints: list[str] = []

    async def new_page(self, **options: Any) -> Page:
        """A page in a context of its own: nothing is shared with the others. `options` are `new_context`'s."""
        context = await self._browser.new_context(**options)
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        await context.tracing.start(screenshots=True, snapshots=True)
        await context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._note_message)
        context.on("weberror", self._note_error)
        return await context.new_page()

    def expect(self, pattern: str) -> None:
        """The test itself provokes what matches: an answer with an error status, for one."""
        self._expected.append(re.compile(pattern))

    def expect_status(self, *statuses: int) -> None:
        """Browser and htmx both complain of answers with these statuses."""
        for status in statuses:
            self.expect(rf"the server responded with a status of {status}|Response Status Error Code {status}")

    def complaints(self) -> list[str]:
        return [text for text in self._complaints if not any(pattern.search(text) for pattern in self._expected)]

    async def close(self, *, keep: Path | None) -> None:
        """Close every context; with `keep`, leave a trace and pictures of each in that folder."""
        for number, context in enumerate(self._contexts):
            if keep is not None:
                for index, page in enumerate(context.pages):
                    await page.screenshot(path=keep / f"{number}-{index}.png", full_page=True)
            await context.tracing.stop(path=keep / f"{number}-trace.zip" if keep else None)
            await context.close()

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _note_error(self, error: WebError) -> None:
        self._complaints.append(f"uncaught: {error.error}")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.fail("There is no browser: run `python -m tests.browser_check`.", pytrace=False)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browsing(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Browsing]:
    browsing = Browsing(browser)
    yield browsing
    complaints = browsing.complaints()
    keep = None
    if request.node.stash.get(failed, False) or complaints:
        keep = RESULTS / re.sub(r"[^\w.-]+", "_", request.node.name)
        keep.mkdir(parents=True, exist_ok=True)
    await browsing.close(keep=keep)
    assert not complaints, "the browser complained"


@pytest.fixture(scope="session")
def smtp() -> Iterator[SmtpStandIn]:
    """Takes the mails of the shared server. They stay, so look for those to an address of the test's own."""
    with SmtpStandIn() as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL for this worker of the run alone: servers hold many connections, whether they use them or not."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given is not None:
        _make_template(given)
        yield given
        return
    with EmbeddedPostgres(tmp_path_factory.mktemp("cluster")) as url:
        _make_template(url)
        yield url


@pytest.fixture
def database_url(database_url: str) -> str:
    """As DATABASE_URL wants it."""
    return as_url(database_url)


@pytest.fixture(scope="session")
def shared_database_url(cluster: str) -> Iterator[str]:
    with fresh_database(cluster) as url:
        yield url


@pytest.fixture(scope="session")
def shared_server(
    shared_database_url: str, smtp: SmtpStandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A server with a worker that sends through `smtp`, for tests that need none of their own."""
    values = {"DATABASE_URL": shared_database_url, "SMTP_URL": smtp.url}
    with RunningServer(tmp_path_factory.mktemp("server"), values) as server:
        yield server


@pytest.fixture
def api(client: AsyncTestClient[Litestar], alice: Person) -> Api:
    """The application in this process, as Alice uses it."""
    return Api(client, alice)


@pytest.fixture
async def interview(api: Api) -> dict[str, Any]:
    return await api.create_interview(await api.create_workspace(), "Why did you choose us?")


@pytest.fixture
async def invitee(api: Api, interview: dict[str, Any]) -> dict[str, Any]:
    return await api.invite(interview, "ines@example.com", "Ines")


@pytest.fixture
def hanna(shared_server: RunningServer, shared_database_url: str) -> Person:
    """A host at the shared server whom no other test knows."""
    return add_person(shared_server, shared_database_url, "Hanna")


@contextmanager
def fresh_database(cluster: str) -> Iterator[str]:
    """The address of a migrated, empty database for as many tests as want it."""
    name = f"journeys_{uuid4().hex}"
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
    yield as_url(with_database(cluster, name))
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def as_url(conninfo: str) -> str:
    parts = conninfo_to_dict(conninfo)
    user, password, name = (quote(str(parts.pop(key, None) or ""), safe="") for key in ("user", "password", "dbname"))
    login = f"{user}:{password}" if password else user
    return f"postgresql://{login}@/{name}?{urlencode(parts)}"


def add_person(server: RunningServer, database_url: str, name: str) -> Person:
    """Somebody with a session at `server`, and an address of their own."""
    with psycopg.connect(database_url, autocommit=True, options=SESSION_OPTIONS) as conn:
        return People(conn, server.settings).add(name, f"{name.lower()}-{uuid4().hex[:8]}@example.com")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what the servers that run at that moment have printed."""
    report = yield
    if report.failed:
        item.stash[failed] = True
        report.sections += [(f"server at {server.url}", server.log()) for server in servers.alive]
    return report
