"""Settings that are addresses: where the server listens, and what browsers know it by."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from qwalo.settings.errors import SettingsError

PORTS = {"http": 80, "https": 443}


def host(values: Mapping[str, str]) -> str:
    text = values.get("QWALO_HOST", "127.0.0.1")
    if re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%\w+)?", text) is None:
        raise SettingsError(f"QWALO_HOST must be a host name or an address like 0.0.0.0 or ::1, not {text!r}.")
    return text


def port(values: Mapping[str, str], variable: str, default: str) -> int:
    text = values.get(variable, default)
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 65536:
        raise SettingsError(f"{variable} must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def public_url(values: Mapping[str, str], host: str, port: int) -> str:
    # A wildcard address is where the server listens, and nothing that a browser could open.
    wildcard = host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    shown = "localhost" if wildcard else f"[{host}]" if ":" in host else host
    text = values.get("QWALO_PUBLIC_URL", f"http://{shown}:{port}")
    return origin("QWALO_PUBLIC_URL", text)


def origin(variable: str, text: str) -> str:
    """`text` as browsers write it: in lower case, without the port that its scheme has anyway."""
    parts = split(variable, text)
    more = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in PORTS or not parts.hostname or more or re.search(r"[\s@]", parts.netloc):
        # Before an @ is a password, which must not be repeated.
        given = "" if "@" in text else f", not {text!r}"
        raise SettingsError(f"{variable} must be an address like https://qwalo.example.com{given}.")
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(f':{PORTS[parts.scheme]}')}"


def origins(values: Mapping[str, str], variable: str) -> tuple[str, ...]:
    return tuple(origin(variable, item.strip()) for item in values.get(variable, "").split(",") if item.strip())


def split(variable: str, text: str) -> SplitResult:
    """`text` as an address; the value itself, which may hold a password, is not repeated in the error."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise SettingsError(f"{variable} is not a valid address: {error}.") from error
    return parts
