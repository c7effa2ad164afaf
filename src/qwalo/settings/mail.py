"""Settings of mail: the server that takes it, and its sender."""

import re
from collections.abc import Mapping
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

import msgspec

from qwalo.settings.addresses import split
from qwalo.settings.errors import SettingsError

SMTP_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class SmtpServer(msgspec.Struct, frozen=True):
    host: str
    port: int
    tls: bool
    starttls: bool
    user: str | None
    password: str | None

    def __repr__(self) -> str:
        # Whatever prints the settings must not print the password.
        return f"SmtpServer({self.host}:{self.port})"


def smtp(values: Mapping[str, str]) -> SmtpServer | None:
    text = values.get("SMTP_URL")
    if text is None:
        return None
    parts = split("SMTP_URL", text)
    if parts.scheme not in SMTP_PORTS or not parts.hostname or parts.path.strip("/"):
        raise SettingsError(
            "SMTP_URL must look like smtp+starttls://USER:PASSWORD@HOST:PORT (or smtp://, or smtps://)."
        )
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or SMTP_PORTS[parts.scheme],
        tls=parts.scheme == "smtps",
        starttls=parts.scheme == "smtp+starttls",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def mail_from(values: Mapping[str, str], public_url: str) -> str:
    host = urlsplit(public_url).hostname or ""
    # Mail has no place for a number where a name should be.
    named = re.search(r"\.[a-z][^.]*$", host) is not None
    text = values.get("MAIL_FROM", f"Qwalo <no-reply@{host if named else 'localhost'}>")
    address = parseaddr(text)[1]
    plain = address.isascii() and text.isprintable()
    if not plain or re.fullmatch(r"[^@\s]+@[^@\s]+", address) is None:
        raise SettingsError(
            f"MAIL_FROM must be an address like Qwalo <hello@example.com>, not {text!r}; "
            "a name with a comma in it stands in double quotes."
        )
    return text
