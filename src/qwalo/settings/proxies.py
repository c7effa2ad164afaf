"""The proxies in front of the server, whose word about a client's address is taken."""

import ipaddress
from collections.abc import Mapping

from qwalo.settings.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def trusted_proxies(values: Mapping[str, str]) -> tuple[Network, ...]:
    found = []
    for item in values.get("QWALO_TRUSTED_PROXIES", "").split(","):
        text = item.strip()
        if text:
            try:
                found.append(ipaddress.ip_network(text, strict=False))
            except ValueError as error:
                raise SettingsError(
                    "QWALO_TRUSTED_PROXIES must be addresses or networks like 127.0.0.1 or 10.0.0.0/8, "
                    f"with commas between them, not {text!r}."
                ) from error
    return tuple(found)
