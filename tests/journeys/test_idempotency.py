"""A POST with an `Idempotency-Key` at a real server: many at once, and a server that dies before it answers."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.journeys.tcp_proxy import TcpProxy
from tests.people import Person, interview_path
from tests.server import RunningServer, until

MANY = 200
NO_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=0)
WORKSPACE = {"name": "Research", "organizationName": "Acme"}


class MuteProxy(TcpProxy):
    """Passes on what is asked, and no answer."""

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await super()._connect()
        mute = asyncio.StreamReader()
        self._swallowing = asyncio.create_task(_swallow(reader, mute))
        return mute, writer


async def _swallow(reader: asyncio.StreamReader, mute: asyncio.StreamReader) -> None:
    with suppress(ConnectionError):
        while await reader.read(65536):
            pass
    mute.feed_eof()


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[RunningServer]:
    options = ("--workers", "2", "--no-worker")
    with RunningServer(tmp_path, {"DATABASE_URL": database_url}, options=options) as running:
        yield running


@pytest.fixture
def hanna(server: RunningServer, database_url: str) -> Person:
    return add_person(server, database_url, "Hanna")


@pytest.fixture
def api(server: RunningServer, hanna: Person) -> Iterator[HostApi]:
    with HostApi(server, hanna) as host:
        yield host


def post(url: str, person: Person, key: str, path: str = "/workspaces", body: Any = None) -> httpx.Response:
    headers = person.headers | {"Idempotency-Key": key}
    return httpx.post(f"{url}{path}", json=WORKSPACE if body is None else body, headers=headers, timeout=20)


def kill_all(server: RunningServer) -> None:
    """kill -9 of every process, those that answer included."""
    for process in server.processes():
        process.kill()
    server.kill()


def count(conn: psycopg.Connection, table: str) -> int:
    (number,) = conn.execute(f'SELECT count(*) FROM "{table}"').fetchone() or (0,)
    return int(number)


async def post_at_once(url: str, person: Person, path: str, body: Any) -> list[httpx.Response]:
    headers = person.headers | {"Idempotency-Key": "one-key"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60, limits=NO_LIMITS) as client:
        return await asyncio.gather(*(client.post(path, json=body) for _ in range(MANY)))


async def test_of_many_at_once_one_acts(server: RunningServer, hanna: Person, conn: psycopg.Connection) -> None:
    """Each is answered as the first is, or told to wait; one row."""
    answers = await post_at_once(server.url, hanna, "/workspaces", WORKSPACE)
    made = [answer for answer in answers if answer.status_code == 201]
    waiting = [answer for answer in answers if answer.status_code == 409]
    assert len(made) + len(waiting) == MANY
    assert len({answer.content for answer in made}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in made) == 1
    assert {answer.json()["code"] for answer in waiting} <= {"request-in-flight"}
    assert (count(conn, "Workspace"), count(conn, "IdempotentAnswer")) == (1, 1)


async def test_of_many_invitations_at_once_one_mail_goes_out(
    server: RunningServer, hanna: Person, api: HostApi, conn: psycopg.Connection
) -> None:
    """Inviting has a way of its own into the database, in which requests share a commit."""
    path = f"{interview_path(api.create_interview())}/invitees"
    answers = await post_at_once(server.url, hanna, path, {"email": "ines@example.com"})
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[201] >= 1
    assert statuses[201] + statuses[409] == MANY
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"request-in-flight"}
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'invitees.send_invitation'"
    assert (count(conn, "InterviewInvitee"), count(conn, "Invitation")) == (1, 1)
    assert conn.execute(jobs).fetchone() == (1,)


def test_while_the_first_is_answered_others_are_told_to_wait(
    server: RunningServer, hanna: Person, api: HostApi, conn: psycopg.Connection
) -> None:
    """409 with Retry-After; afterwards, the first answer."""
    interview = api.create_interview()
    request = (server.url, hanna, "k", f"{interview_path(interview)}/invitees", {"email": "ines@example.com"})
    with ThreadPoolExecutor() as threads:
        with conn.transaction():
            # Holds up whoever adds to this interview.
            conn.execute('SELECT FROM "Interview" WHERE "id" = %s FOR UPDATE', (interview["id"],))
            first = threads.submit(post, *request)
            turns = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
            until(lambda: conn.execute(turns).fetchone(), "the first has its turn")
            second = post(*request)
            assert (second.status_code, second.json()["code"]) == (409, "request-in-flight")
            assert second.headers["retry-after"] == "1"
        answer = first.result()
    assert answer.status_code == 201
    assert post(*request).content == answer.content


def test_a_server_that_dies_before_it_answers_has_acted_once(
    server: RunningServer, hanna: Person, conn: psycopg.Connection
) -> None:
    """kill -9 between the commit and the answer: the retry, at the next server, gets what the first would have."""
    with MuteProxy(server.port) as proxy, ThreadPoolExecutor() as threads:
        lost = threads.submit(post, f"http://127.0.0.1:{proxy.port}", hanna, "k")
        until(lambda: count(conn, "IdempotentAnswer") == 1, "the answer is stored")
        kill_all(server)
        proxy.cut()
        with suppress(httpx.TransportError):
            pytest.fail(f"The proxy let an answer pass: {lost.result().text}")
    (made,) = conn.execute('SELECT "id" FROM "Workspace"').fetchone() or ("",)
    server.start()
    retry = post(server.url, hanna, "k")
    assert (retry.status_code, retry.json()["id"]) == (201, made)
    assert retry.headers["idempotency-replayed"] == "true"
    assert count(conn, "Workspace") == 1


def test_a_server_that_dies_before_the_commit_has_not_acted(
    server: RunningServer, hanna: Person, api: HostApi, conn: psycopg.Connection
) -> None:
    """The retry acts then, and is no replay."""
    interview = api.create_interview()
    path, body = f"{interview_path(interview)}/invitees", {"email": "ines@example.com"}
    with ThreadPoolExecutor() as threads:
        with conn.transaction():
            conn.execute('SELECT FROM "Interview" WHERE "id" = %s FOR UPDATE', (interview["id"],))
            lost = threads.submit(post, server.url, hanna, "k", path, body)
            turns = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
            until(lambda: conn.execute(turns).fetchone(), "the request is under way")
            kill_all(server)
        with suppress(httpx.TransportError):
            pytest.fail(f"A dead server answered: {lost.result().text}")
    assert count(conn, "InterviewInvitee") == 0
    server.start()
    retry = post(server.url, hanna, "k", path, body)
    assert retry.status_code == 201
    assert "idempotency-replayed" not in retry.headers
    assert count(conn, "InterviewInvitee") == 1


def test_an_answer_outlives_a_restart(server: RunningServer, hanna: Person, conn: psycopg.Connection) -> None:
    """And the key is still bound to its request."""
    first = post(server.url, hanna, "k")
    server.restart()
    assert post(server.url, hanna, "k").content == first.content
    assert post(server.url, hanna, "k", body=WORKSPACE | {"name": "Other"}).status_code == 422
    assert count(conn, "Workspace") == 1


def test_two_keys_are_none(server: RunningServer, hanna: Person, conn: psycopg.Connection) -> None:
    """Nobody can tell which is meant."""
    headers = [*hanna.headers.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    refused = httpx.post(f"{server.url}/workspaces", json=WORKSPACE, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-not-valid")
    assert count(conn, "Workspace") == 0


def test_the_worker_forgets_answers_after_a_day(server: RunningServer, hanna: Person, conn: psycopg.Connection) -> None:
    """Its periodic job removes those that are older, and no others."""
    for key in ("old", "new"):
        post(server.url, hanna, key)
    conn.execute(
        """
        UPDATE "IdempotentAnswer" SET "createdAt" = "createdAt" - interval '25 hours'
        WHERE "createdAt" = (SELECT min("createdAt") FROM "IdempotentAnswer")
        """
    )
    conn.execute(
        """
        SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
            'default', 'requests.forget_answers', 0, NULL, NULL, '{"timestamp": 0}'::jsonb, NULL
        )::procrastinate_job_to_defer_v1])
        """
    )
    server.start_worker()
    until(lambda: count(conn, "IdempotentAnswer") == 1, "the old answer is forgotten", 30)
    assert post(server.url, hanna, "new").headers["idempotency-replayed"] == "true"
