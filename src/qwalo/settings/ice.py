"""Settings of calls: the servers that help browsers to find a way to each other."""

import re
from collections.abc import Mapping

import msgspec

from qwalo.settings.errors import SettingsError


class IceSettings(msgspec.Struct, frozen=True):
    """How browsers that cannot reach each other directly find a way: the addresses of STUN and TURN servers."""

    stun_urls: tuple[str, ...]
    turn_urls: tuple[str, ...]
    turn_secret: str
    relay_only: bool

    def __repr__(self) -> str:
        return f"IceSettings({self.stun_urls}, {self.turn_urls})"


def ice(values: Mapping[str, str]) -> IceSettings:
    turn_urls = ice_urls(values, "TURN_URLS", "turns?")
    secret = values.get("TURN_SECRET", "")
    if bool(turn_urls) != bool(secret):
        raise SettingsError("TURN_URLS and TURN_SECRET (coturn's static-auth-secret) must be set together.")
    relay_only = values.get("TURN_ONLY", "false").lower()
    if relay_only not in {"true", "false"}:
        raise SettingsError(f"TURN_ONLY must be true or false, not {values['TURN_ONLY']!r}.")
    if relay_only == "true" and not turn_urls:
        raise SettingsError("TURN_ONLY needs TURN_URLS: without them no call would come about.")
    return IceSettings(ice_urls(values, "STUN_URLS", "stuns?"), turn_urls, secret, relay_only == "true")


def ice_urls(values: Mapping[str, str], variable: str, scheme: str) -> tuple[str, ...]:
    urls = tuple(item.strip() for item in values.get(variable, "").split(",") if item.strip())
    example = "turn:turn.example.com:3478?transport=udp" if variable == "TURN_URLS" else "stun:stun.example.com:3478"
    pattern = rf"{scheme}:(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)(:\d{{1,5}})?(\?transport=(udp|tcp))?"
    for url in urls:
        if re.fullmatch(pattern, url) is None:
            raise SettingsError(f"{variable} must be addresses like {example}, with commas between them, not {url!r}.")
    return urls
