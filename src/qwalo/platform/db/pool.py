"""Connections to PostgreSQL: a fair pool, plain reads without a transaction, writes in one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import TupleRow
from psycopg.types.datetime import TimestamptzBinaryLoader, TimestamptzLoader
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Connection = AsyncConnection[TupleRow]

# Qwalo's tables are in `public`; the tables of the libraries it uses (jobs, migrations) have a schema of their own.
LIBRARY_SCHEMA = "qwalo_internal"
SESSION_OPTIONS = f"-c search_path=public,{LIBRARY_SCHEMA} -c timezone=UTC"

# Waiting longer than this for a connection means that there is no database, and the caller is told so.
CHECKOUT_SECONDS = 3.0


class DatabaseUnavailable(Exception):
    """PostgreSQL cannot be reached, or the connection to it was lost while it was used."""


class BinaryCursor(AsyncCursor[TupleRow]):
    """A cursor that gets results in PostgreSQL's binary format: a fifth less CPU for a row of texts."""

    def __init__(self, connection: AsyncConnection[Any], **options: Any) -> None:
        super().__init__(connection, **options)
        self.format = psycopg.pq.Format.BINARY


class Database:
    """The pool of one process. `await open()` before use, `await close()` at the end."""

    def __init__(self, conninfo: str, *, size: int = 16) -> None:
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            conninfo,
            kwargs={
                "autocommit": True,
                "options": SESSION_OPTIONS,
                "cursor_factory": BinaryCursor,
                "prepare_threshold": 0,
            },
            min_size=size,
            max_size=size,
            timeout=CHECKOUT_SECONDS,
            # The pool backs off ever longer while PostgreSQL is away. Giving up early makes the next
            # caller try again at once, so that a database that is back is used within a second or two.
            reconnect_timeout=2.0,
            configure=_configure,
            open=False,
            name="qwalo",
        )
        self._sweep: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await self._pool.open()

    async def close(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        await self._pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for plain reads: each statement stands alone.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached, or went away.
        """
        try:
            conn = await self._pool.getconn()
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise DatabaseUnavailable from error
        try:
            yield conn
        except psycopg.OperationalError as error:
            if conn.closed:
                self._sweep_soon()
                raise DatabaseUnavailable from error
            raise
        finally:
            await self._pool.putconn(conn)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction: it commits when the block ends, and rolls back when it raises.

        Raises:
            DatabaseUnavailable: see `connection`; whether a commit under way took place is then unknown.
        """
        async with self.connection() as conn, conn.transaction():
            yield conn

    def _sweep_soon(self) -> None:
        """Replace all connections that died with this one, before each of them fails a request."""
        if self._sweep is None or self._sweep.done():
            self._sweep = asyncio.create_task(self._pool.check())


async def _configure(conn: Connection) -> None:
    # TIMESTAMP columns hold UTC by contract; their wire format is that of TIMESTAMPTZ, so its loader
    # (in C) hands them out as aware UTC.
    conn.adapters.register_loader("timestamp", TimestamptzBinaryLoader)
    conn.adapters.register_loader("timestamp", TimestamptzLoader)
