"""A data folder of PostgreSQL and the server on it, whatever state a killed process left them in."""

import os
import shlex
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from qwalo.platform.db.embedded.binaries import Account, EmbeddedPostgresError, account_for, binary, run
from qwalo.platform.db.embedded.sockets import PORT, SOCKET_LOCK, answers, check_private, private_folder

# Given at each start, and so stronger than postgresql.conf: what Qwalo confirmed is on the disk.
_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "max_connections": "100",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "random_page_cost": "1.1",  # An SSD finds any page about as fast as the next one.
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",  # Nothing rotates the log, so it holds problems only.
}
_PATIENCE = ("-w", "-t", "60")
_FOLDER_LINE = 4  # of postmaster.pid; the first has the pid
_IMPOSSIBLE_PID = b"2147483646"
# What a killed process or a killed server leaves behind takes a moment to end, and PostgreSQL does not wait.
_SIGNS_OF_ORPHANS = ("pre-existing shared memory block", "lock file")
_ORPHAN_SECONDS = 10.0


class Cluster:
    """The server of one data folder. Every call is made under one lock, which the caller holds."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._log = data / "server.log"
        self._pid_file = data / "postmaster.pid"

    def socket_folder(self) -> Path | None:
        """The socket folder of the running server, or None when no server answers.

        Raises:
            EmbeddedPostgresError: the folder is not a private one.
        """
        # The server's own word counts: the temporary folder of whoever started it may have been another.
        recorded = self._recorded_folder()
        if not recorded or not Path(recorded).exists():
            return None
        folder = Path(recorded)
        check_private(folder, self._data.stat().st_uid)
        return folder if answers(folder) else None

    def start(self) -> Path:
        """Start the server, on a new data folder when there is none, and return its socket folder.

        Raises:
            EmbeddedPostgresError: it does not start.
        """
        account = account_for(self._data)
        if not self._data.exists():
            self._create(account)
        deadline = time.monotonic() + _ORPHAN_SECONDS
        while True:
            # One that runs all the same has lost its socket, is stopping, or was just being started by a
            # process that was killed.
            self.stop()
            folder = private_folder(self._data)
            problem = self._launch(account, folder)
            if not problem:
                return folder
            if not any(sign in problem for sign in _SIGNS_OF_ORPHANS) or time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"PostgreSQL did not start ({problem}): see {self._log}, or set DATABASE_URL."
                )
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server, if it runs, and wait until it is gone.

        Raises:
            EmbeddedPostgresError: it does not stop.
        """
        recorded = self._recorded_folder()
        if recorded is None:
            return
        command = (binary("pg_ctl"), "stop", "-m", "fast", *_PATIENCE)
        run(account_for(self._data), command, self._data, PGDATA=str(self._data))
        if self._recorded_folder() is not None:
            raise EmbeddedPostgresError(f"PostgreSQL did not stop: see {self._log}, and end its process by hand.")
        with suppress(OSError):  # A folder that stays is used again, or goes with the temporary files.
            Path(recorded).rmdir()

    def _create(self, account: Account) -> None:
        """Make the data folder under another name: it is there complete, or not at all."""
        prefix = f"{self._data.name}.init-"
        for left in self._data.parent.glob(f"{prefix}*"):
            # Left by a killed start. Where it cannot be removed, it takes up room and harms nothing.
            shutil.rmtree(left, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix=prefix, dir=self._data.parent))
        os.chown(draft, account.uid, account.gid)
        options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--data-checksums")
        locale = ("--locale-provider=builtin", "--locale=C.UTF-8")
        result = run(account, (binary("initdb"), *options, *locale, "-D", draft), draft)
        if result.returncode != 0:
            shutil.rmtree(draft)
            raise EmbeddedPostgresError(
                f"PostgreSQL could not make {self._data} ({_reason(result.stdout)}): correct that, or set DATABASE_URL."
            )
        draft.rename(self._data)
        # Without this, a power cut could undo the rename, and what was committed afterwards with it.
        parent = os.open(self._data.parent, os.O_RDONLY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)

    def _launch(self, account: Account, folder: Path) -> str:
        """Start the server once, and return the reason why it did not start, or nothing."""
        for lock in (self._pid_file, folder / SOCKET_LOCK):
            _disown(lock)
        logged = self._log.stat().st_size if self._log.exists() else 0
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        options = shlex.join(["-k", str(folder), *settings])
        # pg_ctl hands -D and -l to a shell in double quotes, where a `$` in a path has a meaning of its own.
        command = (binary("pg_ctl"), "start", *_PATIENCE, "-l", self._log.name, "-o", options)
        result = run(account, command, self._data, PGDATA=str(self._data))
        if result.returncode == 0:
            return ""
        with self._log.open("rb") as log:
            log.seek(logged)
            return _reason(result.stdout + log.read().decode(errors="replace"))

    def _recorded_folder(self) -> str | None:
        """The socket folder of the running server: empty while it starts, None when none runs.

        That its pid answers would prove nothing: it may be a zombie's, or a later process may have it.
        """
        try:
            lines = self._pid_file.read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) <= _FOLDER_LINE or f"postgres -k {lines[_FOLDER_LINE]}" not in _command_line(lines[0]):
            return None
        return lines[_FOLDER_LINE]


def _command_line(pid: str) -> str:
    if sys.platform == "darwin":
        me = Account(os.geteuid(), os.getegid())
        return run(me, ("/bin/ps", "-ww", "-o", "args=", "-p", pid)).stdout
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""  # The process is gone.


def _disown(lock: Path) -> None:
    """Put a pid that cannot live into the lock file of a dead server, for its number may be another's by now.

    The other lines stay: PostgreSQL sees from them whether back ends of that server are still at work.
    """
    try:
        # One write, longer than what it covers and in place: no kill leaves half a file, and the owner stays.
        with lock.open("r+b", buffering=0) as file:
            _, newline, rest = file.read().partition(b"\n")
            file.seek(0)
            file.write(_IMPOSSIBLE_PID + newline + rest)
    except FileNotFoundError:
        pass  # The server had stopped as it should.


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()] or ["no reason given"]
    fatal = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
    return fatal[-1] if fatal else lines[-1]
