"""The folder of a server's socket: short, since a socket's path is limited, and closed to everybody else."""

import hashlib
import os
import stat
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from psycopg.pq import PGconn, Ping

from qwalo.platform.db.embedded.binaries import EmbeddedPostgresError

PORT = 5432  # Only names the socket: nothing listens on the network.
SOCKET_LOCK = f".s.PGSQL.{PORT}.lock"
_LONGEST = 103 - len(f"/.s.PGSQL.{PORT}")  # sockaddr_un holds 103 bytes on macOS, 107 on Linux
_RECOVERY_SECONDS = 60.0


def address(folder: Path, database: str) -> str:
    """The libpq URL of `database` at the server whose socket is in `folder`."""
    return f"postgresql://postgres@/{database}?host={quote(str(folder), safe='')}&port={PORT}"


def private_folder(data: Path) -> Path:
    """The socket folder for the data folder `data`, of the same owner; made when it is missing.

    It is in the temporary folder: the one for run time ($XDG_RUNTIME_DIR) goes away when its user logs out.

    Raises:
        EmbeddedPostgresError: its path is too long, or somebody else has taken it.
    """
    digest = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]
    owner = data.stat()
    folder = Path(tempfile.gettempdir()) / f"qwalo-{owner.st_uid}-{digest}"
    if len(os.fsencode(folder)) > _LONGEST:
        raise EmbeddedPostgresError(f"{folder} is too long for a socket: set TMPDIR to a shorter folder.")
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.st_uid, owner.st_gid)
    except FileExistsError:
        pass  # From an earlier start, or somebody else's; which one is seen next.
    except OSError as error:
        raise EmbeddedPostgresError(f"No socket folder can be made ({error}): set TMPDIR to another.") from error
    check_private(folder, owner.st_uid)
    return folder


def check_private(folder: Path, owner: int) -> None:
    """Make sure that `folder` is no link, is its `owner`'s, and is open to nobody else.

    Raises:
        EmbeddedPostgresError: it is not so, and whoever made the folder could pose as the server.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise EmbeddedPostgresError(
            f"{folder} is not a private folder of the user with id {owner}: remove it, or set TMPDIR to another folder."
        )


def answers(folder: Path) -> bool:
    """Whether a server accepts connections in `folder`; one that is starting or stopping is waited for."""
    conninfo = os.fsencode(f"{address(folder, 'postgres')}&connect_timeout=5")
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while (state := PGconn.ping(conninfo)) == Ping.REJECT and time.monotonic() < deadline:
        time.sleep(0.02)
    return state == Ping.OK
