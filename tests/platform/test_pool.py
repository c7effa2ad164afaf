"""The pool: fair, whole after a cancellation, and back by itself when PostgreSQL is."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest

from qwalo.platform.db.pool import Database, DatabaseBusy, DatabaseUnavailable
from tests.conftest import with_database


@pytest.fixture
async def single(database_url: str) -> Database:
    """A pool of one connection."""
    db = Database(database_url, size=1)
    await db.open()
    return db


async def breathe() -> None:
    """Let the others on between two looks at what only PostgreSQL knows."""
    await asyncio.sleep(0.001)


async def test_whoever_waits_is_served_in_turn(single: Database) -> None:
    """Nobody who comes later is first."""
    served: list[int] = []

    async def ask(number: int) -> None:
        async with single.connection() as conn:
            await conn.fetch("SELECT 1")
            served.append(number)

    await asyncio.gather(*(ask(number) for number in range(10)))
    await single.close()
    assert served == list(range(10))


async def test_a_caller_who_gives_up_leaves_the_place_to_the_next(single: Database) -> None:
    """Waiting as well as while a statement runs."""
    async with single.connection():
        waiting = asyncio.create_task(single.connection().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    async def slow() -> None:
        async with single.connection() as conn:
            started.set()
            await conn.fetch("SELECT pg_sleep(60)")

    started = asyncio.Event()
    running = asyncio.create_task(slow())
    await started.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    async with single.connection() as conn:
        assert await conn.fetchrow("SELECT 42") == (42,)
    await single.close()


async def test_connections_that_were_cut_are_replaced(database: Database, conn: psycopg.Connection) -> None:
    """Each fails one request at most, and none that comes after its end was noticed."""
    conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'qwalo'")
    refused = 0
    for _ in range(12):
        try:
            async with database.connection() as connection:
                assert await connection.fetchrow("SELECT 1") == (1,)
        except DatabaseUnavailable:
            refused += 1
    assert refused <= 4
    async with database.connection() as connection:
        assert await connection.fetchrow("SELECT 1") == (1,)


async def test_a_cut_while_a_statement_runs_is_told(database: Database, conn: psycopg.Connection) -> None:
    """The caller answers that the database is away; the next one is served."""

    async def slow() -> None:
        async with database.connection() as connection:
            await connection.fetch("SELECT pg_sleep(60) /* slow */")

    running = asyncio.create_task(slow())
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%%/* slow */' AND pid <> %s"
    while not conn.execute(cut, (conn.info.backend_pid,)).fetchall():
        await breathe()
    with pytest.raises(DatabaseUnavailable):
        await running
    async with database.connection() as connection:
        assert await connection.fetchrow("SELECT 1") == (1,)


async def read_impatiently(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("SET LOCAL lock_timeout = '50ms'")
        await connection.fetch('SELECT * FROM "User"')


async def test_a_lock_that_is_held_for_too_long_is_given_up(database: Database, conn: psycopg.Connection) -> None:
    """The caller is told to come again, and the connection is as good as before."""
    with conn.transaction():
        conn.execute('LOCK TABLE "User"')
        with pytest.raises(DatabaseBusy):
            await read_impatiently(database)
    async with database.connection() as connection:
        assert await connection.fetch('SELECT * FROM "User"') == []


async def test_an_error_of_a_statement_is_the_callers(database: Database) -> None:
    """It is no outage, and undoes the transaction."""
    with pytest.raises(Exception, match="no_such_table"):
        async with database.transaction() as conn:
            await conn.fetch("SELECT * FROM no_such_table")


async def test_a_database_that_is_away_at_the_start_is_used_once_it_is_back(
    cluster: str, request: pytest.FixtureRequest
) -> None:
    """Without a restart."""
    name = f"late_{datetime.now(UTC):%H%M%S%f}"
    db = Database(with_database(cluster, name), size=2)
    await db.open()
    with pytest.raises(DatabaseUnavailable):
        async with db.connection():
            pass
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name}")
        request.addfinalizer(lambda: _drop(cluster, name))
    async with db.connection() as connection:
        assert await connection.fetchrow("SELECT 1") == (1,)
    await db.close()


async def test_times_are_aware_utc(database: Database) -> None:
    """As they are read, and as they are written."""
    moment = datetime(2026, 11, 24, 21, 30, 0, 123_000, tzinfo=UTC)
    async with database.connection() as conn:
        row = await conn.fetchrow("SELECT $1::timestamp, $1::timestamp::text", moment)
    assert row == (moment, "2026-11-24 21:30:00.123")


def _drop(cluster: str, name: str) -> None:
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")
