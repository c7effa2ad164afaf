"""Whose request it is: the address of the client, behind the proxies that are trusted to tell it."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network
Headers = Iterable[tuple[bytes, bytes]]

# There are few proxies, but anybody can be a peer, or be named by one.
# Of an address with a zone and a port, and more.
MAX_LENGTH = 64
MAX_KEPT = 10_000
_MAPPED = "::ffff:"


class TrustedProxies:
    """`networks` are those of the proxies. Without any, the peer is the client and no header is read."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        # By what was written: the address that it is, if any, and whether that is a proxy's.
        self._kept: dict[str, tuple[str | None, bool]] = {}

    def trust(self, address: str) -> bool:
        return bool(self._networks) and self._known(address)[1]

    def client(self, peer: str, headers: Headers) -> str:
        """The client of a request that a trusted `peer` passed on.

        Each proxy adds at the right whom it got the request from; what stands left of an address that is not trusted
        was written by whoever is there. So the list is read from the right, until one that is no proxy.
        """
        listed = b",".join(value for name, value in headers if name == b"x-forwarded-for")
        client = peer
        for item in reversed(listed.decode("latin-1").split(",")):
            address, is_proxy = self._known(item.strip())
            if address is None:
                # What a proxy writes is an address: from here on nobody knows.
                break
            client = address
            if not is_proxy:
                break
        return client

    def _known(self, text: str) -> tuple[str | None, bool]:
        known = self._kept.get(text)
        if known is None:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            address = _parsed(text)
            is_proxy = address is not None and any(address in network for network in self._networks)
            known = (None if address is None else str(address), is_proxy)
            if len(text) <= MAX_LENGTH:
                self._kept[text] = known
        return known


def unmapped(address: str) -> str:
    """An IPv4 address that came through an IPv6 socket, as the IPv4 address that it is."""
    return str(_parsed(address) or address) if address.startswith(_MAPPED) else address


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """Some proxies write the port behind the address, and some the brackets of an IPv6 address."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
