"""The embedded PostgreSQL as root, as an ordinary user, and where a folder is not what it should be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qwalo.platform.db.embedded import EmbeddedPostgres, EmbeddedPostgresError, binary
from tests.platform.embedded.holding import (
    AS_NOBODY,
    NOBODY,
    Hold,
    as_root,
    ask,
    runs,
)


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
