"""What a browser asks a STUN or TURN server for, asked from here."""

import asyncio
import re
import ssl
from contextlib import suppress
from typing import Any

import msgspec
from aioice import stun
from aioice.turn import TurnStreamMixin, create_turn_endpoint

DEFAULT_PORTS = {"stun": 3478, "turn": 3478, "stuns": 5349, "turns": 5349}
# The allocation is given back at once; where that fails, it ends by itself.
LIFETIME_SECONDS = 60


class IceUrl(msgspec.Struct, frozen=True):
    """An address of STUN_URLS or TURN_URLS."""

    text: str
    host: str
    port: int
    transport: str
    tls: bool

    @classmethod
    def parse(cls, text: str) -> "IceUrl":
        """Of one that the settings have taken."""
        scheme, rest = text.split(":", 1)
        rest, _, query = rest.partition("?transport=")
        found = re.fullmatch(r"(\[[^]]+\]|[^:]+)(?::(\d+))?", rest)
        assert found is not None
        tls = scheme.endswith("s")
        transport = query or ("tcp" if tls else "udp")
        return cls(text, found[1].strip("[]"), int(found[2] or DEFAULT_PORTS[scheme]), transport, tls)

    @property
    def can_be_asked(self) -> bool:
        return not (self.tls and self.transport == "udp")


async def relayed_address(url: IceUrl, username: str, password: str) -> str:
    """The address that the TURN server lends; it is given back.

    Raises:
        aioice.stun.TransactionError: it refuses, or does not answer.
        OSError: it cannot be reached.
    """
    transport, _ = await create_turn_endpoint(
        asyncio.DatagramProtocol,
        (url.host, url.port),
        username,
        password,
        lifetime=LIFETIME_SECONDS,
        ssl=_tls(url),
        transport=url.transport,
    )
    host, port = transport.get_extra_info("sockname")
    await transport._close()
    return f"{host}:{port}"


async def reflexive_address(url: IceUrl) -> str:
    """The address at which the STUN server sees this machine. Raises as `relayed_address` does."""
    protocol = await _connected(url)
    try:
        host, port = await protocol.ask()
    finally:
        protocol.close()
    return f"{host}:{port}"


async def _connected(url: IceUrl) -> "_Client":
    loop = asyncio.get_running_loop()
    if url.transport == "tcp":
        return (await loop.create_connection(_StreamClient, url.host, url.port, ssl=_tls(url)))[1]
    return (await loop.create_datagram_endpoint(_Client, remote_addr=(url.host, url.port)))[1]


def _tls(url: IceUrl) -> ssl.SSLContext | None:
    return ssl.create_default_context() if url.tls else None


class _Client(asyncio.DatagramProtocol):
    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    async def ask(self) -> tuple[str, int]:
        request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        self._transaction = stun.Transaction(request, ("", 0), self)
        response, _ = await self._transaction.run()
        address: tuple[str, int] = response.attributes["XOR-MAPPED-ADDRESS"]
        return address

    def close(self) -> None:
        self._transport.close()

    def send_stun(self, message: stun.Message, _: tuple[str, int]) -> None:
        self._transport.sendto(bytes(message))

    def datagram_received(self, data: bytes, address: Any) -> None:
        # What is no STUN is no answer.
        with suppress(ValueError):
            self._transaction.response_received(stun.parse_message(data), address)

    def error_received(self, error: Exception) -> None:
        """A port that is closed: the transaction ends by its time."""


class _StreamClient(TurnStreamMixin, _Client, asyncio.Protocol):
    transport: Any

    def connection_made(self, transport: Any) -> None:
        self.transport = self._transport = transport

    def send_stun(self, message: stun.Message, _: tuple[str, int]) -> None:
        self._transport.write(bytes(message))
