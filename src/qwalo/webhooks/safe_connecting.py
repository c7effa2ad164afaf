"""Connections to addresses that somebody typed in: to the public internet alone, unless a setting allows more.

The name is looked up here, and the connection made to the very address that was checked: a name server that answers
with another address the next time (rebinding) gains nothing. TLS is still verified against the name.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from httpcore import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError, ConnectTimeout

from qwalo.webhooks.addresses import is_public

# So that the next address of a host is tried, too, within the time that there is for all of it.
CONNECT_SECONDS = 5.0

# (host, port) to the addresses, the best first. Raises OSError where there is none.
Resolve = Callable[[str, int], Awaitable[list[str]]]


class PrivateAddress(Exception):
    """The host stands for nothing but addresses that may not be connected to."""


class HostNotFound(Exception):
    """The host's name stands for no address."""


# Threads of its own: a stranger's name server that does not answer holds up nobody else's look-ups, such as the mail's.
_LOOKUPS = ThreadPoolExecutor(8, thread_name_prefix="webhook-lookup")


async def resolve(host: str, port: int) -> list[str]:
    look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_LOOKUPS, look_up)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class SafeNetwork(AsyncNetworkBackend):
    """Where httpcore gets its connections from."""

    def __init__(self, *, private_addresses: bool, resolve: Resolve = resolve) -> None:
        self._private_addresses = private_addresses
        self._resolve = resolve
        self._network = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[object] | None = None,
    ) -> AsyncNetworkStream:
        """Raises HostNotFound, PrivateAddress, and httpcore's ConnectError and ConnectTimeout."""
        problem: Exception | None = None
        for address in await self._allowed(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout or CONNECT_SECONDS, local_address)
            except (ConnectError, ConnectTimeout) as error:
                problem = problem or error
        assert problem is not None
        raise problem

    async def _allowed(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise HostNotFound from error
        if not addresses:
            raise HostNotFound
        if self._private_addresses:
            return addresses
        allowed = [address for address in addresses if is_public(ipaddress.ip_address(address))]
        if not allowed:
            raise PrivateAddress
        return allowed
