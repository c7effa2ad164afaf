"""PostgreSQL goes away and comes back; changes reach every server process."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.journeys.conftest import add_person
from tests.journeys.database_proxy import DatabaseProxy
from tests.journeys.hosting import HostApi
from tests.people import Person
from tests.server import RunningServer, until

BACK_SECONDS = 10


@pytest.fixture
def proxy(database_url: str) -> Iterator[DatabaseProxy]:
    with DatabaseProxy(database_url) as between:
        yield between


@pytest.fixture
def server(proxy: DatabaseProxy, tmp_path: Path) -> Iterator[RunningServer]:
    """Without a worker: a test that wants one starts it."""
    with RunningServer(tmp_path, {"DATABASE_URL": proxy.url}, options=("--no-worker",)) as running:
        yield running


@pytest.fixture
def hanna(server: RunningServer, database_url: str) -> Person:
    return add_person(server, database_url, "Hanna")


@pytest.fixture
def api(server: RunningServer, hanna: Person) -> Iterator[HostApi]:
    with HostApi(server, hanna) as host:
        yield host


def test_without_the_database_a_program_gets_503_and_when_to_come_back(
    server: RunningServer, proxy: DatabaseProxy, api: HostApi
) -> None:
    """A problem with Retry-After, for every route that needs the database; the process itself lives."""
    interview = api.create_interview()
    proxy.cut()
    for method, path, body in (
        ("GET", "/workspaces", None),
        ("POST", "/workspaces", {"name": "a", "organizationName": "b"}),
        ("GET", f"/workspaces/{interview['workspaceId']}/interviews/{interview['id']}", None),
        ("GET", "/health/ready", None),
    ):
        answer = api.request(method, path, body)
        assert answer.status_code == 503, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        assert json.loads(answer.text)["code"] == "unavailable"
    assert api.request("GET", "/health/live").status_code == 200


def test_without_the_database_a_person_gets_a_page(server: RunningServer, proxy: DatabaseProxy, hanna: Person) -> None:
    """It says that nothing is lost, and offers to try again."""
    proxy.cut()
    page = httpx.get(f"{server.url}/dashboard", cookies=hanna.cookies, headers={"Accept": "text/html"})
    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert "Try again" in page.text


def test_the_server_recovers_by_itself(server: RunningServer, proxy: DatabaseProxy, api: HostApi) -> None:
    """Once the database is back, every request is answered again, and the worker that was there runs jobs."""
    interview = api.create_interview()
    worker = server.start_worker()
    api.wait_for(interview, api.invite(interview, "before@example.com"), "sentAt")
    proxy.cut()
    until(lambda: api.request("GET", "/workspaces").status_code == 503, "the database is missed")
    proxy.mend()
    api_answers(api)
    api.wait_for(interview, api.invite(interview, "after@example.com"), "sentAt")
    assert worker.poll() is None


def test_a_live_page_hears_of_changes_again(server: RunningServer, proxy: DatabaseProxy, api: HostApi) -> None:
    """An open page lives through the outage, looks again when the database is back, and hears what comes then."""
    interview = api.create_interview()
    with api.live(interview) as changes:
        api.rename(interview)
        next(changes)
        proxy.cut()
        proxy.mend()
        # What happened while nobody listened is not known, so the page is told to look.
        next(changes)
        api_answers(api)
        api.rename(interview)
        next(changes)


def test_terminated_connections_are_replaced(server: RunningServer, api: HostApi, conn: psycopg.Connection) -> None:
    """After pg_terminate_backend of all, the server is well again, and live pages are told of changes."""
    interview = api.create_interview()
    server.start_worker()
    api.wait_for(interview, api.invite(interview, "before@example.com"), "sentAt")
    with api.live(interview) as changes:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s",
            (conn.info.backend_pid,),
        )
        next(changes)
        api_answers(api)
        api.rename(interview)
        next(changes)
    api.wait_for(interview, api.invite(interview, "after@example.com"), "sentAt")


def test_a_server_that_starts_without_its_database_says_so(proxy: DatabaseProxy, tmp_path: Path) -> None:
    """One line that names what cannot be reached, and exit code 1."""
    server = RunningServer(tmp_path, {"DATABASE_URL": proxy.url})
    proxy.cut()
    result = server.run("serve")
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_change_through_one_server_reaches_the_pages_of_another(database_url: str, tmp_path: Path) -> None:
    """Two servers on one database: each tells its pages what the other did."""
    variables = {"DATABASE_URL": database_url, "QWALO_SECRET_KEY": "k" * 32}
    with (
        RunningServer(tmp_path / "one", variables) as first,
        RunningServer(tmp_path / "two", variables, options=("--no-worker",)) as second,
    ):
        person = add_person(first, database_url, "Hanna")
        with HostApi(first, person) as one, HostApi(second, person) as two:
            interview = one.create_interview()
            for here, there in ((one, two), (two, one)):
                with there.live(interview) as changes:
                    here.rename(interview)
                    next(changes)


def test_several_processes_of_one_server_tell_all_pages(database_url: str, tmp_path: Path) -> None:
    """With `--workers 2`, whichever process holds a page's stream, it hears of the change."""
    with RunningServer(tmp_path, {"DATABASE_URL": database_url}, options=("--workers", "2", "--no-worker")) as server:
        person = add_person(server, database_url, "Hanna")
        with HostApi(server, person) as api:
            interview = api.create_interview()
            apis = [HostApi(server, person) for _ in range(6)]
            for one in apis:
                with one, one.live(interview) as changes:
                    api.rename(interview)
                    next(changes)


def api_answers(api: HostApi) -> None:
    until(lambda: api.request("GET", "/workspaces").status_code == 200, "the server is well", BACK_SECONDS)
