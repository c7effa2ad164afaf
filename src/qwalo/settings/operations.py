"""Settings of how the server is watched: its access log and its metrics."""

from collections.abc import Mapping

from qwalo.settings.errors import SettingsError

MIN_TOKEN_LENGTH = 16


def access_log(values: Mapping[str, str]) -> bool:
    text = values.get("QWALO_ACCESS_LOG", "false")
    if text.lower() not in {"true", "false"}:
        raise SettingsError(f"QWALO_ACCESS_LOG must be true or false, not {text!r}.")
    return text.lower() == "true"


def metrics_token(values: Mapping[str, str]) -> str | None:
    """What opens `/metrics`; without one there is nothing at that address."""
    token = values.get("QWALO_METRICS_TOKEN")
    if token is not None and (len(token) < MIN_TOKEN_LENGTH or not token.isascii() or " " in token):
        raise SettingsError(
            f"QWALO_METRICS_TOKEN must have at least {MIN_TOKEN_LENGTH} plain characters without spaces: "
            "`openssl rand -hex 32` makes one."
        )
    return token
