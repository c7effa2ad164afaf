"""`/metrics` as Prometheus reads it from a running server."""

import asyncio
from collections.abc import Iterator

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from qwalo.platform.db.pool import SESSION_OPTIONS
from tests.journeys.conftest import add_person, fresh_database
from tests.journeys.hosting import HostApi
from tests.people import Person
from tests.room_client import Room
from tests.server import RunningServer, until
from tests.smtp import SmtpStandIn

TOKEN = "metrics-token-of-the-tests"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
PROCESSES = 2


@pytest.fixture(scope="module")
def watched(cluster: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningServer, str]]:
    """A server of several processes, with a worker, and its database."""
    with fresh_database(cluster) as url, SmtpStandIn() as smtp:
        values = {"DATABASE_URL": url, "QWALO_METRICS_TOKEN": TOKEN, "SMTP_URL": smtp.url}
        folder = tmp_path_factory.mktemp("watched")
        with RunningServer(folder, values, options=("--workers", str(PROCESSES))) as server:
            yield server, url


@pytest.fixture
def hanna(watched: tuple[RunningServer, str]) -> Person:
    return add_person(*watched, "Hanna")


def scrape(server: RunningServer) -> Samples:
    # A connection each time: whichever process takes it answers for all.
    answer = httpx.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(server: RunningServer, name: str, **labels: str) -> float:
    return scrape(server).get((name, tuple(sorted(labels.items()))), 0.0)


def test_requests_are_counted_by_route_over_all_processes(watched: tuple[RunningServer, str], hanna: Person) -> None:
    """Neither an id nor a token is ever a label; no answer of another process is left out for long."""
    server, _ = watched
    labels = {"route": "/i/{token}", "method": "GET", "status": "404"}
    before = value(server, "qwalo_http_requests_total", **labels)
    for number in range(40):
        httpx.get(f"{server.url}/i/unknowntoken{number}")
    until(lambda: value(server, "qwalo_http_requests_total", **labels) == before + 40, "all are counted")
    assert "unknowntoken" not in str(scrape(server))
    timed = {"route": "/i/{token}", "method": "GET"}
    assert value(server, "qwalo_http_request_duration_seconds_count", **timed) >= 40
    assert value(server, "qwalo_http_request_duration_seconds_bucket", le="+Inf", **timed) >= 40


def test_a_count_never_goes_back(watched: tuple[RunningServer, str]) -> None:
    """Whichever process is asked."""
    server, _ = watched
    seen = []
    for _ in range(30):
        httpx.get(f"{server.url}/health/live")
        labels = {"route": "/health/live", "method": "GET", "status": "200"}
        seen.append(value(server, "qwalo_http_requests_total", **labels))
    assert seen == sorted(seen)


def test_the_pools_of_all_processes_are_seen(watched: tuple[RunningServer, str]) -> None:
    server, _ = watched
    until(lambda: value(server, "qwalo_database_connections") == PROCESSES * 16, "both pools are there")
    assert value(server, "qwalo_database_up") == 1
    assert value(server, "qwalo_database_waiting") == 0


def test_jobs_that_wait_are_seen_by_task(watched: tuple[RunningServer, str]) -> None:
    server, url = watched
    with psycopg.connect(url, autocommit=True, options=SESSION_OPTIONS) as conn:
        for status, at in (("failed", "NULL"), ("todo", "now() + interval '1 day'")):
            conn.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) "
                f"VALUES ('default', 'tests.example', '{status}', {at})"
            )
    found = {state: value(server, "qwalo_jobs", task="tests.example", state=state) for state in ("later", "failed")}
    assert found == {"later": 1, "failed": 1}


def test_mails_of_the_worker_are_counted(watched: tuple[RunningServer, str], hanna: Person) -> None:
    server, _ = watched
    before = value(server, "qwalo_mails_total", outcome="sent")
    with HostApi(server, hanna) as api:
        api.invite(api.create_interview())
    until(lambda: value(server, "qwalo_mails_total", outcome="sent") == before + 1, "the mail is counted", 20)


async def test_open_sockets_are_seen(watched: tuple[RunningServer, str], hanna: Person) -> None:
    server, _ = watched
    with HostApi(server, hanna) as api:
        interview = api.create_interview()
        room = Room(server, hanna, interview, api.invite(interview))
    async with room.host() as host:
        await host.join()
        await asyncio.to_thread(until, lambda: value(server, "qwalo_sockets_open") == 1, "it is seen", 10)
    await asyncio.to_thread(until, lambda: value(server, "qwalo_sockets_open") == 0, "it is gone", 10)


def test_open_live_pages_are_seen(watched: tuple[RunningServer, str], hanna: Person) -> None:
    server, _ = watched
    with (
        httpx.Client(base_url=server.url, cookies=hanna.cookies, timeout=10) as browser,
        browser.stream("GET", "/dashboard/live") as stream,
    ):
        # Kept, as the stream ends with it.
        lines = stream.iter_lines()
        next(lines)
        until(lambda: value(server, "qwalo_streams_open") == 1, "it is seen")
    until(lambda: value(server, "qwalo_streams_open") == 0, "it is gone", 30)


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ünicode"])
def test_the_metrics_are_closed_without_the_token(watched: tuple[RunningServer, str], header: str | None) -> None:
    server, _ = watched
    headers = [] if header is None else [(b"Authorization", header.encode())]
    answer = httpx.get(f"{server.url}/metrics", headers=headers)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_without_the_setting_there_are_no_metrics(shared_server: RunningServer) -> None:
    """The answer is that of any address where nothing is."""
    known, unknown = (
        httpx.get(f"{shared_server.url}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        for path in ("/metrics", "/metricz")
    )
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
