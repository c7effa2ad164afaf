"""`make bench-signalling`: how fast signals pass through one server process that holds 1,000 sockets.

500 rooms, the host and the invitee of each. Latencies are from the sending socket to the receiving one, both of them
in this process; the server, PostgreSQL and this client share the machine.
"""

import argparse
import asyncio
import gc
import os
import random
import resource
import secrets
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import uvloop

from bench import servers
from bench.__main__ import database
from bench.call_people import credentials
from bench.call_rows import seed_rooms
from bench.room_socket import Credential, RoomSocket, Tally
from bench.servers import Server, idle_seconds
from bench.signals import burst, candidate, chat_text
from qwalo.calls.messages import Quality
from qwalo.platform.db import migrate
from qwalo.platform.db.embedded import EmbeddedPostgres

TARGET_P99_MS = 50
TARGET_KIB = 60
QUALITY = Quality(40, 0.1, 3, 640, 360, 0.0)
QUALITY_SECONDS = 10
# This process holds one file a socket and the server another; many systems allow 1,024 unless asked for more.
FILES = 8192

Room = tuple[RoomSocket, RoomSocket]


def main() -> None:
    options = _options()
    _raise_file_limit()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = os.environ.get("DATABASE_URL") or stack.enter_context(EmbeddedPostgres(folder / "cluster"))
        url = database(cluster, "qwalo_bench_signalling")
        migrate.upgrade(url)
        seed_rooms(url, options.rooms)
        values = {"QWALO_SECRET_KEY": secrets.token_hex(32)}
        if options.socket_port:
            # As behind a proxy, to which both ports are one address.
            values["QWALO_SOCKET_PORT"] = str(options.socket_port)
            values["QWALO_PUBLIC_URL"] = f"http://127.0.0.1:{options.socket_port}"
        server = stack.enter_context(servers.qwalo(url, folder / "data", values))
        base = f"http://127.0.0.1:{options.socket_port}" if options.socket_port else server.base
        people = credentials(base, values["QWALO_SECRET_KEY"], options.rooms)
        uvloop.run(_measure(server, people, options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.signalling", description=__doc__)
    parser.add_argument("--rooms", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=30, help="of the measurement")
    parser.add_argument("--socket-port", type=int, help="have the sockets at this port, by QWALO_SOCKET_PORT")
    parser.add_argument("--opening", type=int, default=16, help="rooms that are opened at the same time")
    parser.add_argument("--signal-every", type=float, default=2.0, help="seconds between a socket's candidates")
    parser.add_argument("--burst-every", type=float, default=30.0, help="seconds between new descriptions of a room")
    parser.add_argument("--chat-every", type=float, default=60.0, help="seconds between a socket's chat messages")
    return parser.parse_args()


def _raise_file_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _measure(server: Server, people: list[tuple[Credential, Credential]], options: argparse.Namespace) -> None:
    tally = Tally()
    empty = server.memory_mib()
    begin = time.perf_counter()
    rooms = await _open_all(
        [(RoomSocket(host, tally), RoomSocket(invitee, tally)) for host, invitee in people], options
    )
    sockets = 2 * len(rooms)
    print(f"{sockets} sockets in {len(rooms)} rooms, opened in {time.perf_counter() - begin:.1f} s")
    _print_times("socket to first state", tally.joins)
    _print_times("Admit to both in the room", tally.admissions)
    _print_times("signal, while rooms open", tally.signals)
    tally.forget_messages()

    # A collection over all that 1,000 sockets hold takes longer than a message, and would be measured as the server's.
    gc.freeze()
    cpu, own_cpu, idle = server.cpu_seconds(), time.process_time(), idle_seconds()
    lags = await _exchange(rooms, options)
    cpu, own_cpu, idle = server.cpu_seconds() - cpu, time.process_time() - own_cpu, idle_seconds() - idle

    print(f"\n{options.seconds} s: a candidate every {options.signal_every:g} s and a chat message every")
    print(f"{options.chat_every:g} s from each socket, new descriptions in each room every {options.burst_every:g} s")
    p99 = _print_times("signal", tally.signals)
    _print_times("chat message", tally.chats)
    _print_times("this client's own delay", lags)
    print(f"{'signals':<28}{len(tally.signals) / options.seconds:>8.0f} /s")
    print(f"{'CPU of the server':<28}{cpu / options.seconds * 100:>8.0f} % of a core")
    print(f"{'CPU of this client':<28}{own_cpu / options.seconds * 100:>8.0f} % of a core")
    # With nothing idle, it is other programs that were measured.
    print(f"{'idle, of all cores':<28}{idle / options.seconds / (os.cpu_count() or 1) * 100:>8.0f} %")
    per_socket = (server.memory_mib() - empty) * 1024 / sockets
    print(f"{'memory':<28}{per_socket:>8.1f} KiB a socket (PSS: {empty:.0f} MiB before)")
    print(f"{'sockets lost':<28}{len(tally.lost):>8}{''.join(sorted(set(tally.lost))[:3])}")
    print(f"\nTargets: p99 below {TARGET_P99_MS} ms: {_verdict(p99 < TARGET_P99_MS)};", end=" ")
    print(f"below {TARGET_KIB} KiB a socket: {_verdict(per_socket < TARGET_KIB)}")
    await asyncio.gather(*(socket.close() for room in rooms for socket in room))


async def _open_all(rooms: list[Room], options: argparse.Namespace) -> list[Room]:
    places = asyncio.Semaphore(options.opening)

    async def open_one(room: Room) -> None:
        async with places:
            host, invitee = room
            await host.open()
            await invitee.open()
            await asyncio.gather(host.admitted(), invitee.admitted())
            await _connect(room)

    await asyncio.gather(*map(open_one, rooms))
    return rooms


async def _connect(room: Room) -> None:
    """What the two browsers of a room say to build or mend a connection."""
    for socket, kind in zip(room, ("offer", "answer"), strict=True):
        for signal in burst(kind):
            await socket.signal(signal)


async def _exchange(rooms: list[Room], options: argparse.Namespace) -> list[float]:
    """Load for the time of the measurement. Returns how late this client's own timers were."""
    lags: list[float] = []
    loads = [_note_lags(lags)]
    for room in rooms:
        loads.append(_repeat(options.burst_every, partial(_connect, room)))
        for socket in room:
            loads += [
                _repeat(options.signal_every, partial(_send_candidate, socket)),
                _repeat(options.chat_every, partial(_send_chat, socket)),
                _repeat(QUALITY_SECONDS, partial(socket.send, QUALITY)),
            ]
    tasks = [asyncio.create_task(load) for load in loads]
    await asyncio.sleep(options.seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return lags


async def _repeat(seconds: float, action: Callable[[], Awaitable[None]]) -> None:
    """Every so many seconds, the first time at any moment of them: browsers do not march in step."""
    await asyncio.sleep(random.uniform(0, seconds))
    while True:
        await action()
        await asyncio.sleep(seconds)


async def _send_candidate(socket: RoomSocket) -> None:
    await socket.signal(candidate())


async def _send_chat(socket: RoomSocket) -> None:
    await socket.write(chat_text())


async def _note_lags(lags: list[float]) -> None:
    while True:
        begin = time.perf_counter()
        await asyncio.sleep(0.01)
        lags.append((time.perf_counter() - begin) * 1000 - 10)


def _print_times(what: str, times: list[float]) -> float:
    """A row of percentiles. Returns the 99th."""
    if len(times) < 2:
        print(f"{what:<28}too few to tell")
        return 0.0
    cuts = statistics.quantiles(times, n=100)
    print(f"{what:<28}p50 {cuts[49]:>7.1f}   p90 {cuts[89]:>7.1f}   p99 {cuts[98]:>7.1f}   max {max(times):>7.1f} ms")
    return cuts[98]


def _verdict(reached: bool) -> str:
    return "reached" if reached else "missed"


if __name__ == "__main__":
    main()
