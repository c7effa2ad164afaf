"""What PostgreSQL alone gives with the same SQL: pgbench runs what the repositories run, over as many connections."""

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import psycopg
import psycopg.sql

from bench.load import CONNECTIONS
from bench.rows import USERS, WORKSPACES, interview_id, user_id, workspace_id
from qwalo.interviews import repository as interviews
from qwalo.invitees import additions
from qwalo.platform.clock import now
from qwalo.platform.db.embedded import binary
from qwalo.platform.db.pool import SESSION_OPTIONS, Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.workspaces import repository as workspaces

VIEWER, WORKSPACE = user_id(1), workspace_id(7)
_LAST_WORKSPACE = USERS * WORKSPACES

Query = Callable[[Connection], Awaitable[object]]

# What begins with @ is made new each time by pgbench.
_ADDITION = additions.Addition(
    viewer_id=user_id(USERS),
    viewer_kind="user",
    workspace_id=workspace_id(_LAST_WORKSPACE),
    interview_id=interview_id(_LAST_WORKSPACE * 20),
    invitee_id="@invitee",
    invitation_id="@invitation",
    email="@email",
    name="Bench",
    token_hash="@hash",
    event_id="@event",
    address="127.0.0.1",
    request_id=None,
)

QUERIES: dict[str, Query] = {
    "list": lambda conn: workspaces.list_workspaces(conn, VIEWER, PageRequest()),
    "one": lambda conn: workspaces.find_workspace(conn, VIEWER, WORKSPACE),
    "interviews": lambda conn: interviews.list_interviews(conn, VIEWER, WORKSPACE, PageRequest()),
    "add": lambda conn: additions.insert_invitees(conn, [_ADDITION], 1, now()),
}


class _Recorded(Exception):
    pass


class _Recorder:
    """Stands where a connection would, to see the statement."""

    async def fetch(self, query: str, *parameters: object) -> None:
        raise _Recorded(query, parameters)

    fetchrow = fetch


def transactions_per_second(url: str, name: str, seconds: int) -> float:
    """How often a second PostgreSQL answers the endpoint's statement."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / f"{name}.sql"
        script.write_text(_statement(url, QUERIES[name]))
        output = subprocess.run(
            [binary("pgbench"), "-n", "-M", "prepared", f"-c{CONNECTIONS}", "-j1", f"-T{seconds}", "-f", script, url],
            env={"PGOPTIONS": SESSION_OPTIONS},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    match = re.search(r"tps = ([\d.]+)", output)
    assert match is not None, output
    return float(match[1])


def _statement(url: str, query: Query) -> str:
    text, parameters = _recorded(query)
    with psycopg.connect(url) as conn:
        literals = [_literal(parameter, conn) for parameter in parameters]
    statement = re.sub(r"\$(\d+)", lambda match: literals[int(match[1]) - 1], text)
    # What must be new each time is made of random numbers.
    unique = re.sub(r"'@(\w+)'", r"('\1' || :a || '-' || :b)", statement)
    return f"\\set a random(1, 2000000000)\n\\set b random(1, 2000000000)\n{unique};\n"


def _literal(value: object, conn: psycopg.Connection) -> str:
    if isinstance(value, list):
        return f"ARRAY[{', '.join(_literal(item, conn) for item in value)}]"
    return psycopg.sql.Literal(value).as_string(conn)


def _recorded(query: Query) -> tuple[str, Any]:
    async def run() -> None:
        await query(cast("Connection", _Recorder()))

    try:
        asyncio.run(run())
    except _Recorded as recorded:
        text, parameters = recorded.args
        return text, parameters
    raise AssertionError("The repository sent no statement.")
