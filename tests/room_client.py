"""Somebody in a room without a browser: the protocol of the socket, spoken by a test."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.people import Person, interview_path, invitee_path
from tests.server import RunningServer

PATIENCE_SECONDS = 10
Body = dict[str, Any]


class RoomClient:
    """`async with RoomClient(address, headers) as client:` is one page load of one person."""

    def __init__(self, address: str, headers: Mapping[str, str], *, load: str | None = None, **options: Any) -> None:
        self.load = load or uuid4().hex
        self.address = address
        self._headers = dict(headers)
        self._options = options
        self._socket: ClientConnection | None = None

    def at(self, address: str) -> Self:
        """The same, by another way."""
        self.address = address
        return self

    async def __aenter__(self) -> Self:
        self._socket = await connect(self.address, additional_headers=self._headers, max_size=None, **self._options)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    @property
    def socket(self) -> ClientConnection:
        assert self._socket is not None
        return self._socket

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def join(self, name: str | None = None) -> Body:
        """The first state after the welcome, which is kept as `welcome`."""
        await self.send("join", load=self.load, **({"name": name} if name else {}))
        self.welcome = await self.receive("welcome")
        return await self.state()

    async def signal(self, to: Body, **fields: Any) -> None:
        """A signal to somebody as a state shows them."""
        signal = fields if "kind" in fields else {"kind": "candidate", "candidate": "a"} | fields
        await self.send("signal", to=to["seat"], load=to["load"], generation=0, signal=signal)

    async def state(self, accept: Callable[[Body], bool] = lambda _: True) -> Body:
        """The next state of which `accept` is true."""
        return await self.receive("state", accept)

    async def receive(self, kind: str, accept: Callable[[Body], bool] = lambda _: True) -> Body:
        """The next such message; others are passed over, and pings answered."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                message: Body = json.loads(await self.socket.recv())
                if message["type"] == "ping":
                    await self.send("pong")
                elif message["type"] == kind and accept(message):
                    return message

    async def closed(self) -> tuple[int, str]:
        """(code, reason) with which the server closes the socket."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionClosed):
                while True:
                    await self.socket.recv()
        assert self.socket.close_code is not None, "the connection broke without a close frame"
        return self.socket.close_code, self.socket.close_reason or ""


class Room:
    """The addresses and credentials of one invitee's room at a running server."""

    def __init__(self, server: RunningServer, host: Person, interview: Body, invitee: Body) -> None:
        self.server = server
        self.interview = interview
        self.invitee = invitee
        self.path = f"/dashboard{invitee_path(interview, invitee)}/call"
        self.join_path = f"/join/{invitee['id']}"
        self._host = host

    def host(self, person: Person | None = None, *, server: RunningServer | None = None, **options: Any) -> RoomClient:
        """Of the host, or of somebody else who tries."""
        return RoomClient(_socket(server or self.server, self.path), (person or self._host).headers, **options)

    def guest(self, *, server: RunningServer | None = None, **options: Any) -> RoomClient:
        """Of the invitee, with the cookie that the link gives."""
        return RoomClient(_socket(server or self.server, self.join_path), self.cookie(), **options)

    def observer(self, person: Person, **options: Any) -> RoomClient:
        return RoomClient(_socket(self.server, f"/observations/{self.invitee['id']}"), person.headers, **options)

    async def press(self, action: str) -> None:
        """Send one of the forms in the invitee's row on the interview's page."""
        page = f"/dashboard{interview_path(self.interview)}"
        async with httpx.AsyncClient(base_url=self.server.url, cookies=self._host.cookies) as client:
            token = re.search(r'name="csrf" value="(\w+)"', (await client.get(page)).text)
            assert token is not None
            answer = await client.post(
                f"{page}/invitees/{self.invitee['id']}/{action}",
                data={"csrf": token[1]},
                headers={"Origin": self.server.url},
            )
        assert answer.status_code == 303, answer.text

    def cookie(self) -> dict[str, str]:
        """What the invitee's browser sends once the link was opened."""
        path = "/i/" + str(self.invitee["link"]).rpartition("/i/")[2]
        answer = httpx.get(f"{self.server.url}{path}", follow_redirects=False)
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in answer.cookies.items())}


def _socket(server: RunningServer, path: str) -> str:
    return f"{server.url.replace('http', 'ws', 1)}{path}/socket"


def other_in(state: Body, role: str) -> Body:
    found: Body = next(other for other in state["others"] if other["role"] == role)
    return found


async def talk(host: RoomClient, guest: RoomClient) -> tuple[Body, Body]:
    """Both are in the call: (the guest as the host sees them, the host as the guest does)."""
    await host.join()
    await guest.join("Ines")
    await host.state(lambda state: "waiting" in state)
    await host.send("admit")
    seen_by_host = await host.state(lambda state: "call" in state)
    seen_by_guest = await guest.state(lambda state: "call" in state)
    return other_in(seen_by_host, "invitee"), other_in(seen_by_guest, "host")
