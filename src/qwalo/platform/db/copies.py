"""A copy of the whole database in one file, and a database from it: PostgreSQL's own programs do the work.

They come with the embedded PostgreSQL, and speak with every server that is not newer.
"""

import os
import shutil
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from qwalo.platform.db import revisions
from qwalo.platform.db.embedded.binaries import Account, EmbeddedPostgresError, binary, run
from qwalo.platform.db.revisions import DatabaseNotReady

# Owners and rights are of the server that the copy comes from.
_OPTIONS = ("--no-owner", "--no-privileges", "--no-password")
# pg_restore says things to the server that an older one does not understand.
OLDEST_TO_RESTORE_TO = 17


def dump(url: str, file: Path) -> None:
    """Write all of the database to `file`, as it is at this moment, while others go on working with it.

    Raises:
        DatabaseNotReady: there is such a file, or no copy can be made.
    """
    if file.exists():
        raise DatabaseNotReady(f"{file} is there already: name another file.")
    with revisions.connect(url):
        pass  # It tells best why a database cannot be reached.
    draft = file.with_name(f"{file.name}.part")
    try:
        # Opened here, so that it is closed to everybody else from the first byte on.
        os.close(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        _run("pg_dump", url, "--format=custom", "--file", str(draft))
        draft.rename(file)
    except OSError as error:
        raise DatabaseNotReady(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        draft.unlink(missing_ok=True)


def restore(url: str, file: Path) -> None:
    """Fill an empty database from `file`: all of it, or nothing.

    Raises:
        DatabaseNotReady: the database is not empty, or the file cannot be used.
    """
    if revisions.current(url) is not None:
        raise DatabaseNotReady(
            "The database has Qwalo's tables already, and nothing is overwritten: name an empty one in DATABASE_URL, "
            "or another folder in QWALO_DATA_DIR."
        )
    with revisions.connect(url) as conn:
        version = conn.info.server_version // 10_000
    if version < OLDEST_TO_RESTORE_TO:
        raise DatabaseNotReady(
            f"The database runs PostgreSQL {version}: use its own program, "
            f"`pg_restore --no-owner --no-privileges --dbname=DATABASE_URL {file}`."
        )
    _run("pg_restore", url, "--exit-on-error", "--single-transaction", str(file))


def _run(program: str, url: str, *arguments: str) -> None:
    parts = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    # On the command line every user of the machine could read it.
    password = str(parts.pop("password", ""))
    secret = {"PGPASSWORD": password} if password else {}
    me = Account(os.geteuid(), os.getegid())
    command: tuple[str | Path, ...] = (
        _program(program),
        *_OPTIONS,
        f"--dbname={make_conninfo('', **parts)}",
        *arguments,
    )
    try:
        result = run(me, command, None, **secret)
    except EmbeddedPostgresError as error:
        raise DatabaseNotReady(str(error)) from error
    if result.returncode != 0:
        lines = [line for line in result.stdout.splitlines() if "error:" in line] or ["no reason given"]
        raise DatabaseNotReady(f"{program} failed ({lines[0].partition('error: ')[2] or lines[0]}).")


def _program(name: str) -> Path:
    try:
        return binary(name)
    except EmbeddedPostgresError:
        elsewhere = shutil.which(name)
    if elsewhere is None:
        raise DatabaseNotReady(f"There is no {name} here: install PostgreSQL's client programs.")
    return Path(elsewhere)
