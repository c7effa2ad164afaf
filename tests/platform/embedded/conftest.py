"""Data folders of all kinds, and processes that hold a server."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from qwalo.platform.db.embedded import EmbeddedPostgres
from tests.platform.embedded.holding import HOLD, Hold, Holder, ask, clean_up


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
