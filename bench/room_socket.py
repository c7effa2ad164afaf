"""One browser's side of a room's socket, as light as it can be: 1,000 of them share a core with the server."""

import asyncio
import time
from uuid import uuid4

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from bench.signals import milliseconds_since_sent, text_of
from qwalo.calls.messages import (
    Admit,
    AnySignal,
    Chat,
    FromBrowser,
    Join,
    Ping,
    Pong,
    Present,
    SendSignal,
    Signalled,
    State,
    ToBrowser,
    Write,
)
from qwalo.calls.models import Role

PATIENCE_SECONDS = 60
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ToBrowser).decode


class Credential(msgspec.Struct, frozen=True):
    """Who opens the socket, and where."""

    role: Role
    base: str
    path: str
    cookie: str


class Tally:
    """What all sockets measured; times in milliseconds."""

    def __init__(self) -> None:
        self.joins: list[float] = []
        self.admissions: list[float] = []
        self.signals: list[float] = []
        self.chats: list[float] = []
        self.lost: list[str] = []

    def forget_messages(self) -> None:
        self.signals, self.chats = [], []


class RoomSocket:
    """`await open()`, then `await opened()` until the other side is there too."""

    def __init__(self, credential: Credential, tally: Tally) -> None:
        self._credential = credential
        self._tally = tally
        self._load = uuid4().hex
        self._other: Present | None = None
        self._admitted = asyncio.Event()
        self._joined = asyncio.Event()
        self._connection: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._admit_sent = 0.0

    async def open(self) -> None:
        """Until the server has said what is in the room."""
        begin = time.perf_counter()
        at = self._credential
        self._connection = await connect(
            f"{at.base.replace('http', 'ws', 1)}{at.path}",
            origin=Origin(at.base),
            additional_headers={"Cookie": at.cookie},
            compression=None,
            proxy=None,
            ping_interval=None,
            open_timeout=PATIENCE_SECONDS,
        )
        self._reading = asyncio.create_task(self._read(self._connection))
        await self.send(Join(self._load))
        await asyncio.wait_for(self._joined.wait(), PATIENCE_SECONDS)
        self._tally.joins.append((time.perf_counter() - begin) * 1000)

    async def admitted(self) -> None:
        """Until the other side is in the room."""
        await asyncio.wait_for(self._admitted.wait(), PATIENCE_SECONDS)

    async def signal(self, signal: AnySignal) -> None:
        assert self._other is not None
        await self.send(SendSignal(self._other.seat, self._other.load, 1, signal))

    async def write(self, text: str) -> None:
        await self.send(Write(uuid4().hex, text))

    async def send(self, message: FromBrowser) -> None:
        assert self._connection is not None
        await self._connection.send(_encode(message), text=True)

    async def close(self) -> None:
        if self._connection is not None and self._reading is not None:
            self._reading.cancel()
            await self._connection.close()

    async def _read(self, connection: ClientConnection) -> None:
        try:
            async for data in connection:
                await self._take(_decode(data))
        except ConnectionClosed:
            pass
        self._tally.lost.append(f"{self._credential.role}: {connection.close_code} {connection.close_reason}")

    async def _take(self, message: ToBrowser) -> None:
        if isinstance(message, Signalled):
            self._tally.signals.append(milliseconds_since_sent(text_of(message.signal)))
        elif isinstance(message, Ping):
            await self.send(Pong())
        elif isinstance(message, Chat):
            theirs = [one for one in message.messages if one.role != self._credential.role]
            self._tally.chats += [milliseconds_since_sent(one.text) for one in theirs]
        elif isinstance(message, State):
            await self._look(message)

    async def _look(self, state: State) -> None:
        self._joined.set()
        if state.waiting is not None and not self._admit_sent:
            self._admit_sent = time.perf_counter()
            await self.send(Admit())
        if state.others:
            self._other = state.others[0]
            if self._admit_sent and not self._admitted.is_set():
                self._tally.admissions.append((time.perf_counter() - self._admit_sent) * 1000)
            self._admitted.set()
