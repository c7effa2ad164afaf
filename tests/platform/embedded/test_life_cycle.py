"""The embedded PostgreSQL, against the real one: starting, sharing, stopping, kills."""

import os
import shutil
import subprocess
from pathlib import Path
from signal import SIGKILL

import pytest

from qwalo.platform.db.embedded import EmbeddedPostgres, EmbeddedPostgresError, binary
from tests.platform.embedded.holding import (
    FORK_AND_HOLD,
    FORK_AND_STOP,
    Hold,
    ask,
    has_row,
    runs,
    server_pid,
    write_row,
)


def test_a_first_start_makes_the_database_qwalo(empty_dir: Path) -> None:
    """An empty folder becomes a working database, and the URL points to it."""
    with EmbeddedPostgres(empty_dir) as url:
        assert ask(url, "SELECT current_database()") == "qwalo"


def test_the_server_loses_nothing_and_listens_to_no_network(data_dir: Path) -> None:
    """The settings that durability and privacy rest on are in force."""
    expected = {"fsync": "on", "synchronous_commit": "on", "data_checksums": "on", "server_encoding": "UTF8"}
    expected |= {"listen_addresses": "", "TimeZone": "UTC", "log_timezone": "UTC"}
    with EmbeddedPostgres(data_dir) as url:
        assert {name: ask(url, f"SHOW {name}") for name in expected} == expected


def test_pg_dump_takes_the_url(data_dir: Path) -> None:
    """A backup with the package's own program works with the URL as it is."""
    with EmbeddedPostgres(data_dir) as url:
        dump = subprocess.run([binary("pg_dump"), url], capture_output=True, text=True, check=True)
    assert "CREATE TABLE public.kept" in dump.stdout


def test_variables_for_another_server_are_ignored(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell set up for another PostgreSQL changes nothing."""
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGDATA", str(data_dir / "elsewhere"))
    monkeypatch.setenv("PGHOST", "db.example.com")
    with EmbeddedPostgres(data_dir) as url:
        assert ask(url, "SHOW port") == "5432"


def test_starting_twice_is_starting_once(data_dir: Path) -> None:
    """A second start of the same object answers the same URL, and one stop ends both."""
    server = EmbeddedPostgres(data_dir)
    assert server.start() == server.start()
    server.stop()
    assert not runs(data_dir)


def test_rows_are_there_after_a_stop(data_dir: Path) -> None:
    """What was committed is read by the next use."""
    with EmbeddedPostgres(data_dir) as url:
        row = write_row(url)
    with EmbeddedPostgres(data_dir) as url:
        assert has_row(url, row)


def test_a_second_process_joins_and_keeps_the_server(data_dir: Path, hold: Hold) -> None:
    """A running server is adopted, and stays when the process that started it leaves."""
    first = EmbeddedPostgres(data_dir)
    url = first.start()
    pid = server_pid(data_dir)
    assert hold(data_dir).url() == url
    first.stop()
    assert server_pid(data_dir) == pid
    assert ask(url, "SELECT 1") == "1"


def test_the_last_one_out_stops_the_server(data_dir: Path, hold: Hold) -> None:
    """After the last use nothing runs, and the socket's folder is gone."""
    first = EmbeddedPostgres(data_dir)
    folder = Path(ask(first.start(), "SHOW unix_socket_directories"))
    second = hold(data_dir)
    second.url()
    first.stop()
    second.leave()
    assert not runs(data_dir)
    assert not folder.exists()


def test_a_server_left_by_a_killed_process_is_adopted(data_dir: Path, hold: Hold) -> None:
    """kill -9 of the only user leaves a server, which the next one uses and then stops."""
    holder = hold(data_dir)
    holder.url()
    pid = server_pid(data_dir)
    holder.kill()
    with EmbeddedPostgres(data_dir):
        assert server_pid(data_dir) == pid
    assert not runs(data_dir)


def test_committed_rows_survive_a_kill_of_server_and_user(data_dir: Path, hold: Hold) -> None:
    """kill -9 of the server and of the process that uses it loses nothing, and the next start works."""
    holder = hold(data_dir)
    row = write_row(holder.url())
    os.kill(server_pid(data_dir), SIGKILL)
    holder.kill()
    with EmbeddedPostgres(data_dir) as url:
        assert has_row(url, row)


def test_the_pid_of_a_dead_server_may_be_another_process(data_dir: Path, hold: Hold) -> None:
    """Lock files whose pid answers, since the number went to another process, do not block a start."""
    # Not this process: PostgreSQL itself passes over the pids of those who start it.
    other = hold(data_dir, script="input()")
    holder = hold(data_dir)
    url = holder.url()
    row = write_row(url)
    socket_lock = Path(ask(url, "SHOW unix_socket_directories")) / ".s.PGSQL.5432.lock"
    pid = server_pid(data_dir)
    os.kill(pid, SIGKILL)
    holder.kill()
    for lock in (data_dir / "pg18" / "postmaster.pid", socket_lock):
        lock.write_text(lock.read_text().replace(str(pid), str(other.pid), 1))
    with EmbeddedPostgres(data_dir) as url:
        assert has_row(url, row)


def test_a_server_that_lost_its_socket_is_started_anew(data_dir: Path, hold: Hold) -> None:
    """A cleaner of temporary files that removed the socket does not lock anybody out."""
    holder = hold(data_dir)
    url = holder.url()
    row = write_row(url)
    folder = Path(ask(url, "SHOW unix_socket_directories"))
    holder.kill()
    shutil.rmtree(folder)
    with EmbeddedPostgres(data_dir) as url:
        assert has_row(url, row)


def test_no_second_server_is_started_beside_one_in_use(data_dir: Path, hold: Hold) -> None:
    """While somebody uses a server that does not answer here, a start is refused with a sentence."""
    hold(data_dir).url()
    os.kill(server_pid(data_dir), SIGKILL)
    with pytest.raises(EmbeddedPostgresError, match="stop that process first"):
        EmbeddedPostgres(data_dir).start()


def test_what_a_killed_first_start_left_is_cleared(empty_dir: Path) -> None:
    """Half a data folder is not used, and does not stay."""
    half = empty_dir / "pg18.init-half"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    with EmbeddedPostgres(empty_dir) as url:
        assert ask(url, "SELECT 1") == "1"
    assert not half.exists()


@pytest.mark.parametrize("name", ['it\'s in "$HOME" `%s`', "long" * 30])
def test_the_data_may_be_in_a_folder_of_any_name(empty_dir: Path, name: str) -> None:
    """Spaces, characters of the shell, and more characters than a socket's path may have, are fine."""
    with EmbeddedPostgres(empty_dir / name) as url:
        assert ask(url, "SELECT 1") == "1"


def test_three_first_starts_at_once_share_one_server(empty_dir: Path, hold: Hold) -> None:
    """Of processes that race for the first start each gets the same working server."""
    urls = [holder.url() for holder in [hold(empty_dir) for _ in range(3)]]
    assert len(set(urls)) == 1
    assert [ask(url, "SELECT 1") for url in urls] == ["1", "1", "1"]


def test_a_fork_does_not_stop_its_parents_server(data_dir: Path, hold: Hold) -> None:
    """Leaving is for the process that started, and has no effect in its children."""
    holder = hold(data_dir, FORK_AND_STOP)
    assert ask(holder.url(), "SELECT 1") == "1"
    holder.leave()
    assert not runs(data_dir)


def test_a_fork_is_not_counted_as_a_user(data_dir: Path, hold: Hold) -> None:
    """A child that outlives its killed parent does not keep the server."""
    holder = hold(data_dir, FORK_AND_HOLD)
    holder.url()
    holder.kill()
    with EmbeddedPostgres(data_dir):
        pass
    assert not runs(data_dir)
