"""The processes of a server: they start once, end together, and leave nothing behind."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from qwalo.platform.db.embedded import EmbeddedPostgres
from tests.journeys.conftest import add_person
from tests.journeys.hosting import HostApi
from tests.server import RunningServer, until


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[RunningServer]:
    with RunningServer(tmp_path, {"DATABASE_URL": database_url}) as running:
        yield running


def test_a_killed_server_takes_its_processes_along(server: RunningServer) -> None:
    """After kill -9 of the process that was started, the others end by themselves and the port is free."""
    assert len(server.processes()) > 1
    server.kill()
    assert server.processes() == []
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", server.port))


def test_a_server_killed_while_its_worker_starts_leaves_no_worker(database_url: str, tmp_path: Path) -> None:
    """The worker learns that its server is gone also where that happened before it could look."""
    with RunningServer(tmp_path, {"DATABASE_URL": database_url}) as server:
        [worker] = server.workers()
        worker.kill()
        until(lambda: [one for one in server.workers() if one.pid != worker.pid], "another worker begins to start")
        server.kill()
        assert server.processes() == []


def test_a_stopped_server_ends_at_once_though_a_page_is_open(server: RunningServer, database_url: str) -> None:
    """The streams of live pages are ended, so that nothing is waited for and nothing has to be killed."""
    with HostApi(server, add_person(server, database_url, "Hanna")) as api:
        interview = api.create_interview()
        with api.live(interview) as changes:
            assert server.stop() == 0
            # The connection was closed as a stream ends, not cut.
            assert list(changes) == []


def test_a_worker_started_by_hand_outlives_the_server(database_url: str, tmp_path: Path) -> None:
    """It belongs to nobody but whoever started it."""
    with RunningServer(tmp_path, {"DATABASE_URL": database_url}, options=("--no-worker",)) as server:
        worker = server.start_worker()
        server.kill()
        until(lambda: [one.pid for one in server.processes()] == [worker.pid], "the worker alone is left")
        server.start()


def test_a_taken_port_stops_the_start_with_one_line(server: RunningServer) -> None:
    """It says what is wrong and what to do, and the first server stays as it is."""
    second = server.run("serve")
    assert second.returncode == 1
    assert second.stdout == ""
    [line] = second.stderr.strip().splitlines()
    assert f"cannot listen at 127.0.0.1:{server.port}" in line
    assert "--port" in line
    assert httpx.get(f"{server.url}/health/ready").status_code == 200


def test_two_servers_and_a_worker_share_an_embedded_database(tmp_path: Path) -> None:
    """The first starts it, the last one stops it, and each sees what the others did."""
    running = tmp_path / "one" / "data" / "pg18" / "postmaster.pid"
    with RunningServer(tmp_path / "one", options=("--no-worker",)) as first:
        with RunningServer(tmp_path / "two", options=("--no-worker",), data_dir=first.data_dir) as second:
            with EmbeddedPostgres(first.data_dir) as url:
                person = add_person(first, url, "Hanna")
            with HostApi(first, person) as one, HostApi(second, person) as two:
                interview = one.create_interview()
                invitee = two.invite(interview)
                second.start_worker()
                one.wait_for(interview, invitee, "sentAt")
                first.stop()
                assert two.invitee(interview, invitee)["id"] == invitee["id"]
                first.start()
        assert running.exists()
    assert not running.exists()


def test_nothing_is_lost_when_a_server_is_killed(tmp_path: Path) -> None:
    """What was answered before a kill -9 is there after the next start, on the embedded database."""
    with RunningServer(tmp_path) as server:
        with EmbeddedPostgres(server.data_dir) as url:
            person = add_person(server, url, "Hanna")
        with HostApi(server, person) as api:
            interview = api.create_interview()
            before = api.invite(interview)
        server.kill()
        server.start()
        with HostApi(server, person) as api:
            after = api.wait_for(interview, before, "sentAt")
        assert after["link"] == before["link"]
