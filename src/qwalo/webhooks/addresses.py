"""Where webhooks may go: which URLs can be used at all, and which addresses are private."""

import ipaddress
import re

import httpx

MAX_URL = 2000

_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?")
# What some programs read as a number, and so as an IPv4 address: 2130706433, 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Beside what the standard library knows: tunnels to IPv4 (their ends could be private), documentation, and the
# address at which every machine of a large cloud finds its platform.
_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in ("2002::/16", "2001::/32", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class UnusableUrl(Exception):
    """Not an address that a webhook can be sent to. The message is a sentence for people."""


def normal_url(text: str) -> str:
    """`text` as it is kept and sent to: an http or https URL with a host in ASCII.

    Raises:
        UnusableUrl
    """
    text = text.strip()
    for unusable, problem in _UNUSABLE:
        if unusable.search(text):
            raise UnusableUrl(problem)
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise UnusableUrl(_EXAMPLE) from error
    if url.scheme not in {"http", "https"}:
        raise UnusableUrl(_EXAMPLE)
    if url.userinfo or "@" in text.partition("//")[2].partition("/")[0]:
        raise UnusableUrl("Must not contain a user name or a password: the signature says who sends.")
    if url.fragment or "#" in text:
        raise UnusableUrl("Must not contain a #.")
    if url.port is not None and not 0 < url.port < 65536:
        raise UnusableUrl("The port must be a number from 1 to 65535.")
    _check_host(url.raw_host.decode("ascii"))
    kept = str(url)
    if len(kept) > MAX_URL:
        raise UnusableUrl(_TOO_LONG)
    return kept


def refusal(url: str) -> str | None:
    """Why this normal URL may not be used where webhooks go to public addresses alone; None where it may.

    What a name stands for is checked when it is connected to (`safe_connecting`), every time.
    """
    parsed = httpx.URL(url)
    if parsed.scheme != "https":
        return f"Must begin with https://, so that nobody on the way can read it. {_SETTING}"
    host = parsed.raw_host.decode("ascii").rstrip(".")
    try:
        private = not is_public(ipaddress.ip_address(host))
    except ValueError:
        private = host == "localhost" or host.endswith(".localhost")
    return f"Must not be an address in a private network. {_SETTING}" if private else None


def is_public(address: Address) -> bool:
    """Whether this is an address of the public internet, and no other network's or machine's own."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or _nat64(address)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL_UNICAST:
            return False
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a network with IPv6 alone reaches by this one."""
    return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else None


def _check_host(host: str) -> None:
    """Raises UnusableUrl."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        if "%" not in host:
            return
    if not _NAME.fullmatch(host):
        raise UnusableUrl(_EXAMPLE)
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        raise UnusableUrl("The host must be a name, or an address like 203.0.113.7.")


_TOO_LONG = f"Must have at most {MAX_URL} characters."
# What no URL has, whatever is made of the rest.
_UNUSABLE = [
    (re.compile(r"^$"), "Must not be empty."),
    (re.compile(rf".{{{MAX_URL + 1}}}", re.DOTALL), _TOO_LONG),
    (
        re.compile(r"[\s\\\x00-\x1f\x7f-\x9f\ud800-\udfff]"),
        "Must not contain spaces, backslashes or control characters.",
    ),
    (re.compile(r"%(?![0-9A-Fa-f]{2})"), "After each % must be two digits: write %25 for the sign itself."),
]
_EXAMPLE = "Must be an address like https://hooks.example.com/qwalo."
_SETTING = "Who runs Qwalo can allow it: QWALO_WEBHOOK_PRIVATE_ADDRESSES=true."
