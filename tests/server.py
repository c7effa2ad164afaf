"""The real program in processes of its own: `python -m qwalo serve` and `python -m qwalo worker`."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self, TypeVar
from uuid import uuid4

import httpx
import psutil  # type: ignore[import-untyped] # it has no annotations

from qwalo.platform.db.embedded import EmbeddedPostgres
from qwalo.settings import Settings, from_values
from tests.smtp import free_port

START_SECONDS = 60
END_SECONDS = 20
# Every process of a server inherits this variable, by which those that are left behind are found.
MARK = "QWALO_TEST_SERVER"
OURS = re.compile(r"(QWALO|CLERK|SMTP|MAIL|DATABASE)_")

Found = TypeVar("Found")
alive: "list[RunningServer]" = []


class RunningServer:
    """`with RunningServer(folder, {"DATABASE_URL": ...}) as server:` serves at `server.url` on a free port.

    Its data is in `folder/data`, and what it printed in `folder/*.log`. `variables` are all that it gets of Qwalo's
    environment variables; `options` follow `qwalo serve`. At the end nothing of it runs any more.
    """

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, str] | None = None,
        *,
        options: tuple[str, ...] = (),
        port: int | None = None,
        data_dir: Path | None = None,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.data_dir = data_dir or folder / "data"
        self._options = options
        self._mark = uuid4().hex
        # All of a test's requests come from one address, and some tests send thousands.
        unlimited = {"QWALO_RATE_LIMIT": "1000000", "QWALO_ADDRESS_RATE_LIMIT": "1000000"}
        own = {"QWALO_DATA_DIR": str(self.data_dir), "QWALO_PORT": str(self.port)}
        self._values = own | unlimited | dict(variables or {})
        self._serve: subprocess.Popen[bytes] | None = None
        self._workers: list[subprocess.Popen[bytes]] = []
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        alive.append(self)
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def settings(self) -> Settings:
        """The settings that the server runs with; those of an embedded database have no address."""
        kept = self.data_dir / "secret_key"
        key = {"QWALO_SECRET_KEY": kept.read_text()} if kept.exists() else {}
        return from_values(key | self._values)

    @property
    def database_url(self) -> str:
        """Of a server that was given one."""
        return self._values["DATABASE_URL"]

    @property
    def pid(self) -> int:
        assert self._serve is not None, "the server does not run"
        return self._serve.pid

    @property
    def sign_in_link(self) -> str:
        """The newest link that was printed."""
        links: list[str] = re.findall(rf"{re.escape(self._public_url)}/sign-in/\S+", self.output())
        assert links, self.log()
        return links[-1]

    def start(self) -> None:
        """Start, and wait until the server can do its work."""
        assert self._serve is None, "the server runs already"
        self._serve = self._run("serve", *self._options)
        until(self._is_ready, "the server is ready", START_SECONDS)

    def start_worker(self) -> "subprocess.Popen[bytes]":
        """Start a `qwalo worker` beside the server."""
        worker = self._run("worker")
        self._workers.append(worker)
        return worker

    def kill(self) -> None:
        """kill -9 of the process that was started, and of no other; wait until the rest has ended by itself."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Stop as a supervisor would, and return the exit code."""
        return self._end(signal.SIGTERM)

    def restart(self) -> None:
        if self._serve is not None:
            self.stop()
        self.start()

    def close(self) -> None:
        """End what still runs. AssertionError when a process outlived the one that it belongs to."""
        try:
            for worker in self._workers:
                worker.terminate()
            if self._serve is not None:
                self.stop()
            for worker in self._workers:
                worker.wait(END_SECONDS)
            self._wait_for_all_ends()
        finally:
            for process in [*self.processes(), *self._workers]:
                process.kill()
            if (self.data_dir / "pg18" / "postmaster.pid").exists():
                with EmbeddedPostgres(self.data_dir):
                    pass  # The last one out stops the database that a killed server left.
            if self in alive:
                alive.remove(self)

    def processes(self) -> list[psutil.Process]:
        """What runs of this server, without the database, which outlives a killed server to serve the next one."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def workers(self) -> list[psutil.Process]:
        """The `qwalo worker`s among them."""
        return [process for process in self.processes() if "worker" in _command(process)[2:4]]

    def output(self) -> str:
        path = self.folder / "serve.out.log"
        return path.read_text() if path.exists() else ""

    def log(self) -> str:
        """All that was printed, each process's last lines, for the report of a failed test."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join("\n".join([f"--- {path.name}", *_last_lines(path)]) for path in logs)

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        return inherited | self._values | {MARK: self._mark}

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run another command of the program to its end, on the same data."""
        return subprocess.run(
            [sys.executable, "-m", "qwalo", *arguments],
            env=self.environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    @property
    def _public_url(self) -> str:
        return self._values.get("QWALO_PUBLIC_URL", self.url)

    def _run(self, *arguments: str) -> "subprocess.Popen[bytes]":
        name = f"{arguments[0]}{len(self._workers) or ''}" if arguments[0] == "worker" else arguments[0]
        # In the server's own folder, so that no `.env` of a developer is read.
        with (self.folder / f"{name}.out.log").open("ab") as out, (self.folder / f"{name}.err.log").open("ab") as err:
            return subprocess.Popen(
                [sys.executable, "-m", "qwalo", *arguments],
                env=self.environment(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def _is_ready(self) -> bool:
        assert self._serve is not None
        assert self._serve.poll() is None, f"the server ended with {self._serve.returncode}:\n{self.log()}"
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def _end(self, how: signal.Signals) -> int:
        assert self._serve is not None, "the server does not run"
        self._serve.send_signal(how)
        code = self._serve.wait(END_SECONDS)
        self._serve = None
        if not self._workers:
            self._wait_for_all_ends()
        return code

    def _wait_for_all_ends(self) -> None:
        until(lambda: not self.processes(), "every process of the server has ended", END_SECONDS)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return (
                process.environ().get(MARK) == self._mark
                and process.status() != psutil.STATUS_ZOMBIE
                and "postgres" not in process.name()
            )
        except psutil.Error:
            return False  # It ended meanwhile, or is somebody else's.


def _last_lines(path: Path) -> list[str]:
    # A line of the server's log can hold a whole traceback, the end of which says most.
    return [
        line if len(line) < 1000 else f"{line[:200]} ... {line[-800:]}" for line in path.read_text().splitlines()[-40:]
    ]


def until(probe: Callable[[], Found], what: str, seconds: float = 10) -> Found:
    """What `probe` returns, once that is true; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := probe()):
        assert time.monotonic() < deadline, f"Not within {seconds} s: {what}"
        time.sleep(0.05)
    return found


def _command(process: psutil.Process) -> list[str]:
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command
