"""Other processes that use an embedded server, and what its tests look at."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from qwalo.platform.db.embedded import EmbeddedPostgres

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
