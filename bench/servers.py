"""The two servers, each one process, on databases of the same PostgreSQL with the same rows and tokens."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bench.tokens import ISSUER, PARTY, PUBLISHABLE_KEY, Tokens

# Where the peer is, the mission built in the stack that it names; without it the comparison is left out.
PEER = Path(os.environ.get("QWALO_BENCH_PEER", Path(__file__).parents[2] / "shared" / "peer"))
START_SECONDS = 30


class Server(msgspec.Struct, frozen=True):
    name: str
    base: str
    process: int

    def memory_mib(self) -> float:
        """Of this process and all that it started, shared pages counted once (PSS)."""
        return sum(_pss_kib(process) for process in _family(self.process)) / 1024

    def cpu_seconds(self) -> float:
        """Used so far by this process and all that it started."""
        return sum(_cpu_seconds(process) for process in _family(self.process))


def idle_seconds() -> float:
    """In which a core of this machine had nothing to do, of all cores together, since it was started."""
    return int(_words(Path("/proc/stat"))[4]) / os.sysconf("SC_CLK_TCK")


@contextmanager
def qwalo(url: str, data_dir: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    port = _free_port()
    # What is measured is the server, and not the limit of a single credential.
    unlimited = {"QWALO_RATE_LIMIT": "100000000", "QWALO_ADDRESS_RATE_LIMIT": "100000000"}
    environment = {"DATABASE_URL": url, "QWALO_DATA_DIR": str(data_dir), **unlimited, **settings}
    command = [sys.executable, "-m", "qwalo", "serve", "--no-worker", "--port", str(port)]
    with _running("qwalo", command, environment, port, "/health/live") as server:
        yield server


def clerk_settings(tokens: Tokens) -> dict[str, str]:
    """With which the server takes `tokens`."""
    return {
        "CLERK_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
        "CLERK_ISSUER": ISSUER,
        "CLERK_AUTHORIZED_PARTIES": PARTY,
        "CLERK_JWT_KEY": tokens.public_pem,
    }


def peer_problem() -> str | None:
    """Why the peer cannot be measured here, or None where it can."""
    if not PEER.is_dir():
        return f"the peer is not at {PEER}"
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    return f"{' and '.join(missing)} is not installed" if missing else None


@contextmanager
def peer(url: str, tokens: Tokens) -> Iterator[Server]:
    """Built anew from its sources, in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "peer"
        shutil.copytree(PEER, home)
        for path in [home, *home.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
        for step in (["install", "--ignore-scripts"], ["run", "generate"], ["run", "build"]):
            subprocess.run(["npm", *step], cwd=home, check=True, capture_output=True)
        port = _free_port()
        environment = {
            "DATABASE_URL": url,
            "NODE_ENV": "production",
            "PORT": str(port),
            "CLERK_ISSUER": ISSUER,
            "CLERK_AUTHORIZED_PARTIES": PARTY,
            "CLERK_JWT_KEY": tokens.public_pem,
        }
        with _running("peer", ["node", "dist/server.js"], environment, port, "/healthz", home) as server:
            yield server


@contextmanager
def _running(
    name: str, command: list[str], environment: dict[str, str], port: int, health: str, cwd: Path | None = None
) -> Iterator[Server]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, env=os.environ | environment, cwd=cwd, stdout=log, stderr=log)
        try:
            base = f"http://127.0.0.1:{port}"
            _wait_until_healthy(f"{base}{health}", process)
            yield Server(name, base, process.pid)
        except RuntimeError:
            log.seek(0)
            sys.stderr.write(log.read().decode())
            raise
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not answer at {url}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _family(process: int) -> list[int]:
    children = [int(child) for path in Path(f"/proc/{process}/task").glob("*/children") for child in _words(path)]
    return [process, *(member for child in children for member in _family(child))]


def _words(path: Path) -> list[str]:
    return path.read_text().split()


def _pss_kib(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
