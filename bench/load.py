"""Load on one endpoint: `wrk` where it is installed, else a small client of ours."""

import asyncio
import re
import shutil
import statistics
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from bench.rows import INTERVIEWS, USERS, WORKSPACES, interview_id, workspace_id

CONNECTIONS = 32
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Endpoint(msgspec.Struct, frozen=True):
    """What is asked for. A POST sends another invitee to one of the 400 interviews of the last user each time."""

    name: str
    method: str
    path: str
    token: str


class Result(msgspec.Struct, frozen=True):
    """Latencies in milliseconds; `failed` counts answers that were no success."""

    requests_per_second: float
    p50: float
    p99: float
    failed: int


def measure(base: str, endpoint: Endpoint, seconds: int) -> Result:
    if shutil.which("wrk"):
        return _wrk(base, endpoint, seconds)
    return asyncio.run(_client(base, endpoint, seconds))


def _wrk(base: str, endpoint: Endpoint, seconds: int) -> Result:
    script = Path(__file__).with_name("endpoint.lua")
    output = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script), base],
        env={"METHOD": endpoint.method, "URL_PATH": endpoint.path, "TOKEN": endpoint.token, "RUN": uuid4().hex},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return Result(
        requests_per_second=float(_found(r"Requests/sec:\s+([\d.]+)", output)),
        p50=_latency("50%", output),
        p99=_latency("99%", output),
        failed=sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", output)))
        + sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", output))),
    )


def _found(pattern: str, output: str) -> str:
    match = re.search(pattern, output)
    if match is None:
        raise RuntimeError(f"wrk said something else than expected:\n{output}")
    return match[1]


def _latency(percentile: str, output: str) -> float:
    match = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)", output)
    assert match is not None
    return float(match[1]) * _UNITS[match[2]]


async def _client(base: str, endpoint: Endpoint, seconds: int) -> Result:
    latencies: list[float] = []
    failed = 0
    run = uuid4().hex
    end = time.monotonic() + seconds

    async def connection(number: int) -> None:
        nonlocal failed
        address = urlsplit(base)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        count = number
        while (start := time.monotonic()) < end:
            writer.write(_request(endpoint, f"{run}-{number}-{count}", count))
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head.lower())
            await reader.readexactly(int(length[1]) if length else 0)
            failed += head.split(b" ", 2)[1][:1] != b"2"
            latencies.append((time.monotonic() - start) * 1000)
            count += CONNECTIONS
        writer.close()

    await asyncio.gather(*(connection(number) for number in range(CONNECTIONS)))
    cuts = statistics.quantiles(latencies, n=100)
    return Result(len(latencies) / seconds, cuts[49], cuts[98], failed)


def _request(endpoint: Endpoint, unique: str, count: int) -> bytes:
    path, body = endpoint.path, b""
    if endpoint.method == "POST":
        first = (USERS - 1) * WORKSPACES
        workspace = first + count // INTERVIEWS % WORKSPACES
        path = f"/workspaces/{workspace_id(workspace + 1)}/interviews/"
        path += f"{interview_id(workspace * INTERVIEWS + count % INTERVIEWS + 1)}/invitees"
        body = msgspec.json.encode({"email": f"{unique}@example.com", "name": "Bench"})
    head = f"{endpoint.method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {endpoint.token}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body
