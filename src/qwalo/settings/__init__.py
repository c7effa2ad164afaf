"""Every setting: its environment variable, its default, what is a valid value. Read once, at the start."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
import platformdirs
from dotenv import dotenv_values

from qwalo.settings.addresses import host, origins, port, public_url
from qwalo.settings.clerk import ClerkSettings, clerk
from qwalo.settings.errors import SettingsError
from qwalo.settings.ice import IceSettings, ice
from qwalo.settings.limits import LimitSettings, limits
from qwalo.settings.mail import SmtpServer, mail_from, smtp
from qwalo.settings.operations import access_log, metrics_token
from qwalo.settings.proxies import Network, trusted_proxies
from qwalo.settings.storage import database_url, secret_key
from qwalo.settings.webhooks import webhook_private_addresses

__all__ = [
    "ClerkSettings",
    "IceSettings",
    "Settings",
    "SettingsError",
    "SmtpServer",
    "from_values",
    "given_values",
    "load",
]


class Settings(msgspec.Struct, frozen=True):
    host: str
    port: int
    socket_port: int | None
    data_dir: Path
    public_url: str
    cors_origins: tuple[str, ...]
    secret_key: str
    database_url: str | None
    smtp: SmtpServer | None
    mail_from: str
    clerk: ClerkSettings | None
    ice: IceSettings
    limits: LimitSettings
    webhook_private_addresses: bool
    trusted_proxies: tuple[Network, ...]
    access_log: bool
    metrics_token: str | None

    def __repr__(self) -> str:
        # They hold secrets, and addresses with passwords.
        return f"Settings(data_dir={self.data_dir}, public_url={self.public_url})"

    @property
    def secure(self) -> bool:
        """Whether people reach Qwalo over TLS, so that cookies may be marked `Secure`."""
        return self.public_url.startswith("https://")


def load(overrides: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the command line, the environment and `.env`, the first that has one winning.

    Raises:
        SettingsError: a value cannot be used; the message is one line that names the variable.
    """
    return from_values(given_values(overrides))


def given_values(overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """What `load` reads, as it was given."""
    values = {k: v for k, v in dotenv_values(".env").items() if v is not None}
    values |= os.environ
    values |= overrides or {}
    return {k: v.strip() for k, v in values.items() if v.strip()}


def from_values(values: Mapping[str, str]) -> Settings:
    """Settings of `values`, a map of environment variables without empty ones.

    Raises:
        SettingsError: see `load`.
    """
    listen = host(values)
    main_port = port(values, "QWALO_PORT", "8000")
    socket_port = port(values, "QWALO_SOCKET_PORT", "") if "QWALO_SOCKET_PORT" in values else None
    if socket_port == main_port:
        raise SettingsError("QWALO_SOCKET_PORT must be another port than QWALO_PORT.")
    data_dir = Path(values.get("QWALO_DATA_DIR") or platformdirs.user_data_path("qwalo", appauthor=False))
    address = public_url(values, listen, main_port)
    return Settings(
        host=listen,
        port=main_port,
        socket_port=socket_port,
        data_dir=data_dir.expanduser().absolute(),
        public_url=address,
        cors_origins=origins(values, "QWALO_CORS_ORIGINS"),
        secret_key=secret_key(values, data_dir.expanduser()),
        database_url=database_url(values),
        smtp=smtp(values),
        mail_from=mail_from(values, address),
        clerk=clerk(values),
        ice=ice(values),
        limits=limits(values),
        webhook_private_addresses=webhook_private_addresses(values),
        trusted_proxies=trusted_proxies(values),
        access_log=access_log(values),
        metrics_token=metrics_token(values),
    )
