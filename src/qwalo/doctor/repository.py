"""What is asked of the database."""

from datetime import datetime
from typing import Any, LiteralString

import psycopg

from qwalo.platform.db.pool import SESSION_OPTIONS

# A look that has to wait for a lock says so, instead of waiting with it: its thread could not be ended.
IMPATIENT = f"{SESSION_OPTIONS} -c lock_timeout=5s -c statement_timeout=8s"


def version(conn: psycopg.Connection) -> str:
    return str(_one(conn, "SHOW server_version")).partition(" ")[0]


def connections_left(conn: psycopg.Connection) -> int:
    """How many more the server takes of somebody who is no superuser."""
    return int(
        _one(
            conn,
            """
            SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                - COALESCE(current_setting('reserved_connections', true)::int, 0)
                - (SELECT count(*) FROM pg_stat_activity)::int
            """,
        )
    )


def try_to_write(conn: psycopg.Connection) -> None:
    """Change no row of a table, for which all rights are needed that changing one needs.

    Raises:
        psycopg.Error: this user, or this server, may not.
    """
    conn.execute('UPDATE "Workspace" SET "name" = "name" WHERE false')
    conn.execute('DELETE FROM "Workspace" WHERE false')
    conn.execute('INSERT INTO "Workspace" SELECT * FROM "Workspace" WHERE false')


def now(conn: psycopg.Connection) -> datetime:
    moment: datetime = _one(conn, "SELECT clock_timestamp()")
    return moment


def _one(conn: psycopg.Connection, query: LiteralString) -> Any:
    row = conn.execute(query).fetchone()
    assert row is not None
    return row[0]
