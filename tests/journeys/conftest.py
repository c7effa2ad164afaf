"""What journeys have: browsers, a running server, people with sessions."""

import os
import re
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.testing import AsyncTestClient
from playwright.async_api import Browser, Playwright, async_playwright
from psycopg.conninfo import conninfo_to_dict

from qwalo.platform.db.embedded import EmbeddedPostgres
from qwalo.platform.db.pool import SESSION_OPTIONS
from tests import server as servers
from tests.browser_check import find_chromium
from tests.conftest import TEMPLATE, _make_template, with_database
from tests.journeys.browsing import CHROMIUM_FLAGS, RESULTS, Browsing
from tests.journeys.call_browsers import call_flags, write_tone
from tests.journeys.calling import Calls, Room
from tests.journeys.hosting import HostApi
from tests.people import Api, People, Person
from tests.server import RunningServer
from tests.smtp import SmtpStandIn

failed = pytest.StashKey[bool]()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    async with _launched(playwright, CHROMIUM_FLAGS) as launched:
        yield launched


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def call_browsers(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Browser, Browser]]:
    """Two browsers with a camera and a microphone, as calls are between two machines."""
    flags = [*CHROMIUM_FLAGS, *call_flags(write_tone(tmp_path_factory.mktemp("sound") / "tone.wav"))]
    async with _launched(playwright, flags) as first, _launched(playwright, flags) as second:
        yield first, second


@pytest_asyncio.fixture(loop_scope="session")
async def browsing(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Browsing]:
    async with _kept_if_failed(Browsing(browser), request) as browsing:
        yield browsing


@pytest_asyncio.fixture(loop_scope="session")
async def calls(call_browsers: tuple[Browser, Browser], request: pytest.FixtureRequest) -> AsyncIterator[Calls]:
    async with _kept_if_failed(Browsing(call_browsers[0], pictures=False), request) as browsing:
        yield Calls(browsing, *call_browsers)


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


@pytest.fixture
def hanna_api(shared_server: RunningServer, hanna: Person) -> Iterator[HostApi]:
    with HostApi(shared_server, hanna) as host:
        yield host


@pytest.fixture
def room(shared_server: RunningServer, hanna: Person, hanna_api: HostApi) -> Room:
    """Of a video interview."""
    return Room(shared_server, hanna, hanna_api)


@pytest.fixture
def voice_room(shared_server: RunningServer, hanna: Person, hanna_api: HostApi) -> Room:
    return Room(shared_server, hanna, hanna_api, "voice")


@asynccontextmanager
async def _launched(playwright: Playwright, flags: list[str]) -> AsyncIterator[Browser]:
    program = find_chromium()
    if program is None:
        pytest.fail("There is no browser: run `python -m tests.browser_check`.", pytrace=False)
    launched = await playwright.chromium.launch(executable_path=program, args=flags)
    yield launched
    await launched.close()


@asynccontextmanager
async def _kept_if_failed(browsing: Browsing, request: pytest.FixtureRequest) -> AsyncIterator[Browsing]:
    """At the end the contexts are closed, and where something was wrong their traces kept."""
    yield browsing
    complaints = browsing.complaints()
    keep = None
    if request.node.stash.get(failed, False) or complaints:
        keep = RESULTS / re.sub(r"[^\w.-]+", "_", request.node.name)
        keep.mkdir(parents=True, exist_ok=True)
    await browsing.close(keep=keep)
    assert not complaints, "the browser complained"


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
