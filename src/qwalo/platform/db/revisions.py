"""Which revision a database is at, and which is the newest: asked at every start, so without Alembic."""

from importlib.resources import files

import psycopg

from qwalo.platform.db.pool import LIBRARY_SCHEMA, SESSION_OPTIONS

MINIMUM_POSTGRES = 14


class DatabaseNotReady(Exception):
    """The database cannot be reached or cannot be used as it is. The message says what to do."""


def head() -> str:
    """The newest revision that this version of Qwalo knows: they are numbered, and their files begin so."""
    versions = files("qwalo").joinpath("migrations", "versions")
    return max(file.name.partition("_")[0] for file in versions.iterdir() if file.name[:1].isdigit())


def current(url: str, *, options: str = SESSION_OPTIONS) -> str | None:
    """The revision that the database is at, None for an empty one.

    Raises:
        DatabaseNotReady: it cannot be reached, or its PostgreSQL is too old.
    """
    with connect(url, options=options) as conn:
        table = f"{LIBRARY_SCHEMA}.alembic_version"
        if conn.execute("SELECT to_regclass(%s)", (table,)).fetchone() == (None,):
            return None
        row = conn.execute(f"SELECT version_num FROM {table}").fetchone()  # noqa: S608 - a constant
        return str(row[0]) if row else None


def connect(url: str, *, options: str = SESSION_OPTIONS) -> psycopg.Connection:
    """A connection to a database that Qwalo can use.

    Raises:
        DatabaseNotReady: see `current`.
    """
    try:
        conn = psycopg.connect(url, options=options, connect_timeout=10)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise DatabaseNotReady(
            f"The database cannot be reached ({reason}): start PostgreSQL, or correct DATABASE_URL."
        ) from error
    version = conn.info.server_version // 10_000
    if version < MINIMUM_POSTGRES:
        conn.close()
        raise DatabaseNotReady(f"The database runs PostgreSQL {version}; Qwalo needs {MINIMUM_POSTGRES} or newer.")
    return conn
