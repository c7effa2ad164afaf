"""The embedded PostgreSQL, against the real one: sharing, kills, awkward folders, other users."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGKILL

import psycopg
import pytest

from qwalo.platform.db.embedded import EmbeddedPostgres, EmbeddedPostgresError, binary

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
HOLD = """
import os, sys
from pathlib import Path
from qwalo.platform.db.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""
FORK_AND_HOLD = HOLD.replace("    print(url", "    os.fork() and print(url")
FORK_AND_STOP = HOLD.replace(
    "    print(url", "    os.fork() or sys.exit()\n    assert os.wait()[1] == 0\n    print(url"
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


class Holder:
    """Another process that uses the server until it is told to leave, or killed."""

    def __init__(self, data_dir: Path, script: str = HOLD, prefix: tuple[str, ...] = ()) -> None:
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-c", script, str(data_dir)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def url(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def leave(self) -> None:
        self._process.communicate()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        with self._process:  # Closes the pipes, which also ends a child that the process left.
            self._process.kill()


Hold = Callable[..., Holder]


@pytest.fixture(scope="module")
def used_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("used")
    with EmbeddedPostgres(folder) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (id text)")
    return folder


@pytest.fixture
def data_dir(used_dir: Path) -> Iterator[Path]:
    """A folder that had its first start, which takes long; no server runs, before a test and after it."""
    yield used_dir
    clean_up(used_dir)


@pytest.fixture
def empty_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    clean_up(tmp_path)


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """An empty folder that other users can reach, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-test-"))
    folder.chmod(0o755)
    yield folder
    clean_up(folder)
    shutil.rmtree(folder)


@pytest.fixture
def hold() -> Iterator[Hold]:
    holders: list[Holder] = []

    def start(data_dir: Path, script: str = HOLD, prefix: tuple[str, ...] = ()) -> Holder:
        holders.append(Holder(data_dir, script, prefix))
        return holders[-1]

    yield start
    for holder in holders:
        holder.close()


@pytest.fixture
def socket_folder(data_dir: Path) -> Iterator[Path]:
    """Where the socket of `data_dir` will be: learnt from a use, after which the folder is gone."""
    with EmbeddedPostgres(data_dir) as url:
        folder = Path(ask(url, "SHOW unix_socket_directories"))
    yield folder
    folder.unlink() if folder.is_symlink() else folder.rmdir()


def clean_up(data_dir: Path) -> None:
    if runs(data_dir):
        with EmbeddedPostgres(data_dir):
            pass  # The last one out stops what a killed process left.


def runs(data_dir: Path) -> bool:
    return (data_dir / "pg18" / "postmaster.pid").exists()


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "pg18" / "postmaster.pid").read_text().split()[0])


def ask(url: str, statement: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return str(row[0]) if row else ""


def write_row(url: str) -> str:
    return ask(url, "INSERT INTO kept VALUES (gen_random_uuid()) RETURNING id")


def has_row(url: str, row: str) -> bool:
    return ask(url, f"SELECT count(*) FROM kept WHERE id = '{row}'") == "1"


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


@as_root
def test_root_may_keep_the_data_in_a_folder_closed_to_others(empty_dir: Path) -> None:
    """As root, a private folder inside a private folder works, and stays root's."""
    if subprocess.run(["unshare", "--user", "true"], check=False).returncode != 0:
        pytest.skip("the kernel allows no user namespaces here")
    private = empty_dir / "private"
    private.mkdir(mode=0o700)
    empty_dir.chmod(0o700)
    with EmbeddedPostgres(private) as url:
        assert ask(url, "SELECT 1") == "1"
    assert (private / "pg18").stat().st_uid == 0
    assert (private / "pg18").stat().st_mode & 0o077 == 0


@as_root
def test_an_ordinary_user_needs_no_privilege(open_dir: Path, hold: Hold) -> None:
    """Somebody who is not root starts and stops a server on a private folder of their own."""
    if subprocess.run([*AS_NOBODY, sys.executable, "-c", ""], check=False).returncode != 0:
        pytest.skip("another user cannot run this Python here")
    own = open_dir / "own"
    own.mkdir(mode=0o700)
    os.chown(own, NOBODY, NOBODY)
    holder = hold(own, prefix=AS_NOBODY)
    assert ask(holder.url(), "SELECT 1") == "1"
    assert (own / "pg18").stat().st_uid == NOBODY
    holder.leave()
    assert not runs(own)


@as_root
def test_without_user_namespaces_the_server_runs_as_nobody(open_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root without `unshare` gets a server of nobody's, which later starts share and reuse."""
    if subprocess.run([*AS_NOBODY, binary("postgres"), "--version"], check=False).returncode != 0:
        pytest.skip("another user cannot run PostgreSQL's programs here")
    with monkeypatch.context() as without_unshare:
        without_unshare.setenv("PATH", "")
        with EmbeddedPostgres(open_dir) as url, EmbeddedPostgres(open_dir) as joined:
            assert joined == url
    assert (open_dir / "pg18").stat().st_uid == NOBODY
    with EmbeddedPostgres(open_dir) as url:
        assert ask(url, "SELECT 1") == "1"
    assert not runs(open_dir)


@as_root
def test_root_is_told_the_way_out_when_nothing_works(empty_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without user namespaces and in a folder closed to nobody, the error says what to do."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EmbeddedPostgresError, match="run Qwalo as an ordinary user"):
        EmbeddedPostgres(empty_dir).start()


@as_root
def test_the_socket_folder_of_somebody_else_is_refused(data_dir: Path, socket_folder: Path) -> None:
    """A folder that another user put in the socket's place is not used."""
    socket_folder.mkdir(mode=0o700)
    os.chown(socket_folder, NOBODY, NOBODY)
    assert_refused(data_dir)


def test_a_socket_folder_open_to_others_is_refused(data_dir: Path, socket_folder: Path) -> None:
    """A folder that others can enter is not used."""
    socket_folder.mkdir()
    socket_folder.chmod(0o755)
    assert_refused(data_dir)


def test_a_link_in_place_of_the_socket_folder_is_refused(data_dir: Path, socket_folder: Path) -> None:
    """A link is not followed, wherever it leads."""
    socket_folder.symlink_to(data_dir)
    assert_refused(data_dir)


def assert_refused(data_dir: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="is not a private folder"):
        EmbeddedPostgres(data_dir).start()
    assert not runs(data_dir)


def test_a_file_in_place_of_the_data_folder_is_named(tmp_path: Path) -> None:
    """Where no folder can be, the error names the setting."""
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedPostgresError, match="QWALO_DATA_DIR must be a folder"):
        EmbeddedPostgres(tmp_path / "file").start()
