"""Migrations: the way of a database to another revision.

The revisions are in `qwalo/migrations/versions`, plain SQL in Alembic's frame.
"""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from qwalo.platform.db import revisions
from qwalo.platform.db.pool import LIBRARY_SCHEMA

# Any constant will do; it only has to be the same for every process that migrates.
MIGRATION_LOCK = 7_209_514_288_371


def upgrade(url: str, target: str = "head") -> None:
    """Bring the database forward to `target`. Two at once are safe: the second waits, and finds nothing to do.

    Raises:
        DatabaseNotReady: it cannot be reached or used, or there is no such revision.
    """
    with _connect(url) as connection, _locked(connection):
        command.upgrade(_config(connection), target)
        connection.commit()


def downgrade(url: str, target: str) -> None:
    """Take the database back to `target`: a revision, `base`, or a number of steps like `-1`.

    Raises:
        DatabaseNotReady: it cannot be reached or used, or there is no such revision.
    """
    with _connect(url) as connection, _locked(connection):
        command.downgrade(_config(connection), target)
        connection.commit()


def new_revision(message: str) -> Path:
    """Write the frame of the next migration, and return its file."""
    number = f"{int(revisions.head()) + 1:04d}"
    script = command.revision(_config(), message=message, rev_id=number)
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


def history(url: str) -> Iterator[tuple[str, str, bool]]:
    """(revision, message, whether the database has it), oldest first."""
    scripts = ScriptDirectory.from_config(_config())
    at = revisions.current(url)
    applied = {script.revision for script in scripts.iterate_revisions(at, "base")} if at else set()
    for script in reversed(list(scripts.walk_revisions())):
        yield script.revision, script.doc, script.revision in applied


@contextmanager
def _connect(url: str) -> Iterator[Connection]:
    # psycopg reads the address itself, since SQLAlchemy's idea of one differs for sockets and options.
    engine = create_engine("postgresql+psycopg://", creator=lambda: revisions.connect(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {LIBRARY_SCHEMA}"))
    connection.commit()
    try:
        yield
    except CommandError as error:
        raise revisions.DatabaseNotReady(f"The migrations stop here: {error}.") from error
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})


def _config(connection: Connection | None = None) -> Config:
    # Quiet: what is printed of its work is ours to say.
    config = Config(cmd_opts=Namespace(quiet=True))
    config.set_main_option("script_location", str(files("qwalo").joinpath("migrations")).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
