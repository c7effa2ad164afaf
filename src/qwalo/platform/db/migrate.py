"""Migrations: which revision a database is at, and the way to another one.

The revisions are in `qwalo/migrations/versions`, plain SQL in Alembic's frame.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from qwalo.platform.db.pool import LIBRARY_SCHEMA, SESSION_OPTIONS

MINIMUM_POSTGRES = 14
# Any constant will do; it only has to be the same for every process that migrates.
MIGRATION_LOCK = 7_209_514_288_371


class DatabaseNotReady(Exception):
    """The database cannot be reached or cannot be used as it is. The message says what to do."""


def heads() -> str:
    """The newest revision that this version of Qwalo knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def current(url: str) -> str | None:
    """The revision that the database is at, None for an empty one.

    Raises:
        DatabaseNotReady: it cannot be reached, or its PostgreSQL is too old.
    """
    with _connect(url) as connection:
        return _revision(connection)


def upgrade(url: str, target: str = "head") -> None:
    """Bring the database forward to `target`. Two at once are safe: the second waits, and finds nothing to do."""
    with _connect(url) as connection, _locked(connection):
        command.upgrade(_config(connection), target)
        connection.commit()


def downgrade(url: str, target: str) -> None:
    """Take the database back to `target`: a revision, `base`, or a number of steps like `-1`."""
    with _connect(url) as connection, _locked(connection):
        command.downgrade(_config(connection), target)
        connection.commit()


def new_revision(message: str) -> Path:
    """Write the frame of a new migration, and return its file."""
    script = command.revision(_config(), message=message)
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


def history(url: str) -> Iterator[tuple[str, str, bool]]:
    """(revision, message, whether it is applied), oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    at = current(url)
    applied = {script.revision for script in scripts.iterate_revisions(at, "base")} if at else set()
    for script in reversed(list(scripts.walk_revisions())):
        yield script.revision, script.doc, script.revision in applied


@contextmanager
def _connect(url: str) -> Iterator[Connection]:
    # psycopg reads the address itself, since SQLAlchemy's idea of one differs for sockets and options.
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, options=SESSION_OPTIONS, connect_timeout=10),
        poolclass=NullPool,
    )
    try:
        with engine.connect() as connection:
            version = int(connection.scalar(text("SHOW server_version_num"))) // 10_000
            if version < MINIMUM_POSTGRES:
                raise DatabaseNotReady(
                    f"The database runs PostgreSQL {version}; Qwalo needs {MINIMUM_POSTGRES} or newer."
                )
            yield connection
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise DatabaseNotReady(
            f"The database cannot be reached ({reason}): start PostgreSQL, or correct DATABASE_URL."
        ) from error
    finally:
        engine.dispose()


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {LIBRARY_SCHEMA}"))
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})


def _revision(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": LIBRARY_SCHEMA})
    return context.get_current_revision()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("qwalo").joinpath("migrations")).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
