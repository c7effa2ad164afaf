"""Every setting: its environment variable, its default, what is a valid value. Read once, at the start."""

import os
import re
import secrets
from collections.abc import Mapping
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

import msgspec
import platformdirs
from dotenv import dotenv_values

MIN_SECRET_LENGTH = 32
PORTS = {"http": 80, "https": 443}
SMTP_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class SettingsError(Exception):
    """A setting has a value that cannot be used. The message names the variable and what is expected."""


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


class ClerkSettings(msgspec.Struct, frozen=True):
    """What verifies Clerk's tokens. Exactly one of `jwt_key` (PEM) and `jwks_url` is set."""

    publishable_key: str
    issuer: str
    authorized_parties: tuple[str, ...]
    jwt_key: str | None
    jwks_url: str | None
    webhook_secret: str | None

    def __repr__(self) -> str:
        return f"ClerkSettings({self.issuer})"


class IceSettings(msgspec.Struct, frozen=True):
    """How browsers that cannot reach each other directly find a way: the addresses of STUN and TURN servers."""

    stun_urls: tuple[str, ...]
    turn_urls: tuple[str, ...]
    turn_secret: str
    relay_only: bool

    def __repr__(self) -> str:
        return f"IceSettings({self.stun_urls}, {self.turn_urls})"


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
    values = {k: v for k, v in dotenv_values(".env").items() if v is not None}
    values |= os.environ
    values |= overrides or {}
    return from_values({k: v.strip() for k, v in values.items() if v.strip()})


def from_values(values: Mapping[str, str]) -> Settings:
    """Settings of `values`, a map of environment variables without empty ones.

    Raises:
        SettingsError: see `load`.
    """
    host = _host(values)
    port = _port(values, "QWALO_PORT", "8000")
    socket_port = _port(values, "QWALO_SOCKET_PORT", "") if "QWALO_SOCKET_PORT" in values else None
    if socket_port == port:
        raise SettingsError("QWALO_SOCKET_PORT must be another port than QWALO_PORT.")
    data_dir = Path(values.get("QWALO_DATA_DIR") or platformdirs.user_data_path("qwalo", appauthor=False))
    public_url = _public_url(values, host, port)
    return Settings(
        host=host,
        port=port,
        socket_port=socket_port,
        data_dir=data_dir.expanduser().absolute(),
        public_url=public_url,
        cors_origins=_origins(values, "QWALO_CORS_ORIGINS"),
        secret_key=_secret_key(values, data_dir.expanduser()),
        database_url=_database_url(values),
        smtp=_smtp(values),
        mail_from=_mail_from(values, public_url),
        clerk=_clerk(values),
        ice=_ice(values),
    )


def _host(values: Mapping[str, str]) -> str:
    text = values.get("QWALO_HOST", "127.0.0.1")
    if re.fullmatch(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%\w+)?", text) is None:
        raise SettingsError(f"QWALO_HOST must be a host name or an address like 0.0.0.0 or ::1, not {text!r}.")
    return text


def _port(values: Mapping[str, str], variable: str, default: str) -> int:
    text = values.get(variable, default)
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 65536:
        raise SettingsError(f"{variable} must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def _public_url(values: Mapping[str, str], host: str, port: int) -> str:
    # A wildcard address is where the server listens, and nothing that a browser could open.
    wildcard = host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    shown = "localhost" if wildcard else f"[{host}]" if ":" in host else host
    text = values.get("QWALO_PUBLIC_URL", f"http://{shown}:{port}")
    return _origin("QWALO_PUBLIC_URL", text)


def _origin(variable: str, text: str) -> str:
    """`text` as browsers write it: in lower case, without the port that its scheme has anyway."""
    parts = _split(variable, text)
    more = parts.path.strip("/") or parts.query or parts.fragment
    if parts.scheme not in PORTS or not parts.hostname or more or re.search(r"[\s@]", parts.netloc):
        # Before an @ is a password, which must not be repeated.
        given = "" if "@" in text else f", not {text!r}"
        raise SettingsError(f"{variable} must be an address like https://qwalo.example.com{given}.")
    return f"{parts.scheme}://{parts.netloc.lower().removesuffix(f':{PORTS[parts.scheme]}')}"


def _origins(values: Mapping[str, str], variable: str) -> tuple[str, ...]:
    return tuple(_origin(variable, item.strip()) for item in values.get(variable, "").split(",") if item.strip())


def _secret_key(values: Mapping[str, str], data_dir: Path) -> str:
    key = values.get("QWALO_SECRET_KEY")
    if key is None:
        return _kept_secret_key(data_dir)
    if len(key) < MIN_SECRET_LENGTH:
        raise SettingsError(
            f"QWALO_SECRET_KEY must have at least {MIN_SECRET_LENGTH} characters: `openssl rand -hex 32` makes one."
        )
    return key


def _kept_secret_key(data_dir: Path) -> str:
    """The key kept in the data folder, made at the first start."""
    path = data_dir / "secret_key"
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written under another name and linked: of two first starts, one wins and the other reads its whole key.
        draft = data_dir / f".secret_key.{secrets.token_hex(8)}"
        if not path.exists():
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(48))
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                pass  # The other start won.
            finally:
                draft.unlink()
        key = path.read_text().strip()
    except OSError as error:
        raise SettingsError(f"QWALO_DATA_DIR must be a folder that Qwalo can write to: {error}.") from error
    if len(key) < MIN_SECRET_LENGTH:
        raise SettingsError(f"The file {path} is damaged: restore it from a backup, or set QWALO_SECRET_KEY.")
    return key


def _database_url(values: Mapping[str, str]) -> str | None:
    text = values.get("DATABASE_URL")
    if text is None:
        return None
    parts = _split("DATABASE_URL", text)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise SettingsError(
            "DATABASE_URL must look like postgresql://USER:PASSWORD@HOST:PORT/DATABASE, to a PostgreSQL 14 or newer."
        )
    query = parse_qsl(parts.query)
    # Prisma's addresses carry the schema; libpq does not know that parameter.
    if any(value != "public" for name, value in query if name == "schema"):
        raise SettingsError("DATABASE_URL must not name a schema other than public: Qwalo's tables are there.")
    kept = urlencode([(name, value) for name, value in query if name != "schema"])
    # Not by `urlunsplit`: without a host, which a socket has none of, it leaves the // out.
    return f"postgresql://{parts.netloc}{parts.path}{'?' if kept else ''}{kept}"


def _smtp(values: Mapping[str, str]) -> SmtpServer | None:
    text = values.get("SMTP_URL")
    if text is None:
        return None
    parts = _split("SMTP_URL", text)
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


def _mail_from(values: Mapping[str, str], public_url: str) -> str:
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


def _clerk(values: Mapping[str, str]) -> ClerkSettings | None:
    if not any(name.startswith("CLERK_") for name in values):
        return None
    required = ("CLERK_PUBLISHABLE_KEY", "CLERK_ISSUER", "CLERK_AUTHORIZED_PARTIES")
    for name in required:
        if name not in values:
            raise SettingsError(f"{name} must be set too, as other CLERK_ variables are: it is in Clerk's dashboard.")
    if not values["CLERK_PUBLISHABLE_KEY"].startswith(("pk_test_", "pk_live_")):
        raise SettingsError("CLERK_PUBLISHABLE_KEY must begin with pk_test_ or pk_live_.")
    issuer = _origin("CLERK_ISSUER", values["CLERK_ISSUER"])
    # A PEM has line breaks, which many ways of setting a variable cannot hold: \n is read as one.
    pem = values.get("CLERK_JWT_KEY", "").replace("\\n", "\n") or None
    if pem is not None and "-----BEGIN PUBLIC KEY-----" not in pem:
        raise SettingsError("CLERK_JWT_KEY must be the PEM public key: -----BEGIN PUBLIC KEY----- and what follows.")
    jwks_url = None if pem else values.get("CLERK_JWKS_URL", f"{issuer}/.well-known/jwks.json")
    if jwks_url and _split("CLERK_JWKS_URL", jwks_url).scheme not in {"http", "https"}:
        raise SettingsError("CLERK_JWKS_URL must be an address like https://clerk.example.com/.well-known/jwks.json.")
    authorized_parties = _origins(values, "CLERK_AUTHORIZED_PARTIES")
    if not authorized_parties:
        raise SettingsError("CLERK_AUTHORIZED_PARTIES must name at least one address like https://qwalo.example.com.")
    webhook_secret = values.get("CLERK_WEBHOOK_SECRET")
    if webhook_secret is not None and not webhook_secret.startswith("whsec_"):
        raise SettingsError("CLERK_WEBHOOK_SECRET must begin with whsec_: Clerk shows it beside the endpoint.")
    return ClerkSettings(
        publishable_key=values["CLERK_PUBLISHABLE_KEY"],
        issuer=issuer,
        authorized_parties=authorized_parties,
        jwt_key=pem,
        jwks_url=jwks_url,
        webhook_secret=webhook_secret,
    )


def _ice(values: Mapping[str, str]) -> IceSettings:
    turn_urls = _ice_urls(values, "TURN_URLS", "turns?")
    secret = values.get("TURN_SECRET", "")
    if bool(turn_urls) != bool(secret):
        raise SettingsError("TURN_URLS and TURN_SECRET (coturn's static-auth-secret) must be set together.")
    relay_only = values.get("TURN_ONLY", "false").lower()
    if relay_only not in {"true", "false"}:
        raise SettingsError(f"TURN_ONLY must be true or false, not {values['TURN_ONLY']!r}.")
    if relay_only == "true" and not turn_urls:
        raise SettingsError("TURN_ONLY needs TURN_URLS: without them no call would come about.")
    return IceSettings(_ice_urls(values, "STUN_URLS", "stuns?"), turn_urls, secret, relay_only == "true")


def _ice_urls(values: Mapping[str, str], variable: str, scheme: str) -> tuple[str, ...]:
    urls = tuple(item.strip() for item in values.get(variable, "").split(",") if item.strip())
    example = "turn:turn.example.com:3478?transport=udp" if variable == "TURN_URLS" else "stun:stun.example.com:3478"
    pattern = rf"{scheme}:(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)(:\d{{1,5}})?(\?transport=(udp|tcp))?"
    for url in urls:
        if re.fullmatch(pattern, url) is None:
            raise SettingsError(f"{variable} must be addresses like {example}, with commas between them, not {url!r}.")
    return urls


def _split(variable: str, text: str) -> SplitResult:
    """`text` as an address; the value itself, which may hold a password, is not repeated in the error."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise SettingsError(f"{variable} is not a valid address: {error}.") from error
    return parts
