"""A TURN server for the tests. `python -m tests.coturn`, before pytest, makes sure that there is one."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests import debian
from tests.smtp import free_port

HINT = "The tests need the TURN server coturn: install it (Debian, Ubuntu: sudo apt-get install coturn)."
START_SECONDS = 10
END_SECONDS = 5
# Peers on the loopback are refused by default, and here there are no others.
CONFIGURATION = """
listening-ip=127.0.0.1
relay-ip=127.0.0.1
listening-port={port}
allow-loopback-peers
no-multicast-peers
use-auth-secret
static-auth-secret={secret}
realm=qwalo.test
fingerprint
stale-nonce=600
no-cli
no-tls
no-dtls
no-stdout-log
log-file={folder}/turn.log
simple-log
verbose
userdb={folder}/turn.db
pidfile={folder}/turn.pid
"""


class Coturn:
    """A TURN server that runs on the loopback, with credentials that its secret signs."""

    def __init__(self, port: int, secret: str, folder: Path) -> None:
        self.port = port
        self.url = f"turn:127.0.0.1:{port}"
        self.secret = secret
        self._log = folder / "turn.log"

    def lent(self) -> int:
        """How many addresses it has lent so far."""
        return self.log().count("ALLOCATE processed, success")

    def log(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


def find_turnserver() -> str | None:
    return shutil.which("turnserver")


@contextmanager
def running_coturn(*, after: Coturn | None = None) -> Iterator[Coturn]:
    """`after` is one that has ended, in whose place this one comes."""
    program = find_turnserver()
    assert program is not None, HINT
    port, secret = (after.port, after.secret) if after else (free_port(), uuid4().hex)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configuration = folder / "turnserver.conf"
        configuration.write_text(CONFIGURATION.format(port=port, secret=secret, folder=folder))
        coturn = Coturn(port, secret, folder)
        process = subprocess.Popen(
            [program, "-c", str(configuration)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_it_listens(port, process, coturn)
            yield coturn
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]", coturn: Coturn) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, f"coturn ended with {process.returncode}:\n{coturn.log()}"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < deadline, f"coturn does not listen:\n{coturn.log()}"
        time.sleep(0.05)


def main() -> int:
    if find_turnserver() is None and debian.may_install():
        with debian.service_stays_off("coturn.service"):
            debian.install("coturn")
    if find_turnserver() is None:
        sys.stderr.write(f"{HINT}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
