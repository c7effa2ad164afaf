"""What the processes of one `qwalo serve` count, put together: each writes its own into a folder that all can read.

A scrape arrives at whichever process takes it. That one writes what it has counted itself before it reads what all
have, so a sum never goes back from one scrape to the next (docs/decisions/0016).
"""

import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from qwalo.platform.http.counting import Answers, Key

WRITE_SECONDS = 2.0
# What has not been written for so long is of a process that ended: what it did counts on, what it had open does not.
DEAD_SECONDS = 15.0
_FOLDER = "QWALO_METRICS_FOLDER"


class Snapshot(msgspec.Struct, omit_defaults=True):
    """Of one process. `answers` is a list, as a key of JSON can only be text."""

    answers: list[tuple[Key, Answers]] = []
    sockets: int = 0
    streams: int = 0
    connections: int = 0
    connections_used: int = 0
    requests_waiting: int = 0
    mails: dict[str, int] = {}


class Snapshots:
    """`take` says how the process is now. Without a folder there is one process, which is all there is to read."""

    def __init__(self, take: Callable[[], Snapshot]) -> None:
        folder = os.environ.get(_FOLDER)
        self._take = take
        self._folder = Path(folder) if folder else None
        # Not the process id alone: after a while another process may have it.
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}.json"
        self._writing: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._folder is not None:
            self._writing = asyncio.create_task(self._write_for_ever(), name="metrics snapshots")

    def stop(self) -> None:
        if self._writing is not None:
            self._writing.cancel()

    def read(self) -> list[tuple[Snapshot, bool]]:
        """The newest of every process, and whether it runs."""
        if self._folder is None:
            return [(self._take(), True)]
        self._write(self._folder)
        now = time.time()
        found = []
        for path in self._folder.glob("*.json"):
            with suppress(FileNotFoundError):
                is_alive = now - path.stat().st_mtime < DEAD_SECONDS
                found.append((msgspec.json.decode(path.read_bytes(), type=Snapshot), is_alive))
        return found

    async def _write_for_ever(self) -> None:
        assert self._folder is not None
        while True:
            self._write(self._folder)
            await asyncio.sleep(WRITE_SECONDS)

    def _write(self, folder: Path) -> None:
        """Under another name first: whoever reads sees all of it."""
        draft = folder / f"{self._name}.draft"
        # The folder goes when the server stops, and the processes a moment later.
        with suppress(FileNotFoundError):
            draft.write_bytes(msgspec.json.encode(self._take()))
            draft.rename(folder / self._name)


@contextmanager
def shared_snapshots() -> Iterator[None]:
    """Have the processes that are started from here share what they count."""
    with tempfile.TemporaryDirectory(prefix="qwalo-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[_FOLDER]
