"""Settings of what is kept: the database, and the key with which links and sessions are made."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from qwalo.settings.addresses import split
from qwalo.settings.errors import SettingsError

MIN_SECRET_LENGTH = 32


def secret_key(values: Mapping[str, str], data_dir: Path) -> str:
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


def database_url(values: Mapping[str, str]) -> str | None:
    text = values.get("DATABASE_URL")
    if text is None:
        return None
    parts = split("DATABASE_URL", text)
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
