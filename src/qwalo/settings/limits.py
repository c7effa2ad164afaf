"""Settings of how much one caller may ask for."""

from collections.abc import Mapping

import msgspec

from qwalo.settings.errors import SettingsError

MAX_LIMIT = 100_000_000


class LimitSettings(msgspec.Struct, frozen=True):
    """Requests a minute: of one credential, and of one address where there is no credential."""

    per_credential: int
    per_address: int


def limits(values: Mapping[str, str]) -> LimitSettings:
    return LimitSettings(
        per_credential=_number(values, "QWALO_RATE_LIMIT", "1200"),
        per_address=_number(values, "QWALO_ADDRESS_RATE_LIMIT", "300"),
    )


def _number(values: Mapping[str, str], variable: str, default: str) -> int:
    text = values.get(variable, default)
    # The length first: Python refuses to read a number of thousands of digits.
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_LIMIT))) or not 0 < int(text) <= MAX_LIMIT:
        raise SettingsError(f"{variable} must be a number of requests a minute from 1 to {MAX_LIMIT}, not {text!r}.")
    return int(text)
