"""`python -m bench.drivers`: what a query costs the client with either driver, in CPU, on 16 connections.

The rows are those of `make bench`; docs/decisions/0002 rests on it.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import psycopg
import uvloop

from bench.__main__ import database
from bench.rows import seed, user_id, workspace_id
from qwalo.platform.db import migrate
from qwalo.platform.db.embedded import EmbeddedPostgres
from qwalo.platform.db.pool import SESSION_OPTIONS

CONNECTIONS, REPEATS, ROUNDS = 16, 200, 5
_COLUMNS = '"id", "name", "organizationName", "ownerId", iso8601("createdAt"), iso8601("updatedAt")'
_LIST = f'SELECT {_COLUMNS} FROM "Workspace" WHERE "ownerId" = {{}} ORDER BY "createdAt" DESC, "id" DESC LIMIT 51'
_ONE = f'SELECT {_COLUMNS} FROM "Workspace" WHERE "ownerId" = {{}} AND "id" = {{}}'

Query = Callable[[int], Awaitable[object]]


async def _measure(url: str) -> None:
    at = psycopg.conninfo.conninfo_to_dict(url)
    ours = [
        await asyncpg.connect(host=at["host"], port=at["port"], user=at["user"], database=at["dbname"])
        for _ in range(CONNECTIONS)
    ]
    theirs = [
        await psycopg.AsyncConnection.connect(url, autocommit=True, prepare_threshold=0, options=SESSION_OPTIONS)
        for _ in range(CONNECTIONS)
    ]
    user, workspace = user_id(1), workspace_id(7)

    async def with_psycopg(number: int, sql: str, *parameters: str) -> object:
        cursor = theirs[number].cursor(binary=True)
        await cursor.execute(sql, parameters)
        return await cursor.fetchall()

    queries: dict[str, Query] = {
        "list, psycopg": lambda number: with_psycopg(number, _LIST.format("%s"), user),
        "list, asyncpg": lambda number: ours[number].fetch(_LIST.format("$1"), user),
        "one, psycopg": lambda number: with_psycopg(number, _ONE.format("%s", "%s"), user, workspace),
        "one, asyncpg": lambda number: ours[number].fetch(_ONE.format("$1", "$2"), user, workspace),
    }
    for name, query in queries.items():
        print(f"{name:<16}{min([await _microseconds(query) for _ in range(ROUNDS)]):>6.0f} us of CPU")


async def _microseconds(query: Query) -> float:
    async def repeat(number: int) -> None:
        for _ in range(REPEATS):
            await query(number)

    before = time.process_time()
    await asyncio.gather(*(repeat(number) for number in range(CONNECTIONS)))
    return (time.process_time() - before) / (CONNECTIONS * REPEATS) * 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as cluster:
        url = database(cluster, "qwalo_drivers")
        migrate.upgrade(url)
        seed(url)
        uvloop.run(_measure(url))


if __name__ == "__main__":
    main()
