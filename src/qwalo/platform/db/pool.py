"""Connections to PostgreSQL: a fair pool, plain reads without a transaction, writes in one."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import asyncpg
import structlog
from psycopg.conninfo import conninfo_to_dict

log = structlog.get_logger()

# Qwalo's tables are in `public`; the tables of the libraries it uses (jobs, migrations) have a schema of their own.
LIBRARY_SCHEMA = "qwalo_internal"
SEARCH_PATH = f"public,{LIBRARY_SCHEMA}"
# The same for psycopg, which the migrations and the library that keeps the jobs speak.
SESSION_OPTIONS = f"-c search_path={SEARCH_PATH} -c timezone=UTC"

CONNECT_SECONDS = 3.0
# No statement of ours takes this long; one that waits for a lock must not hold its connection for ever.
STATEMENT_TIMEOUT = "30s"
LOCK_TIMEOUT = "5s"
# An end that is gone without a word sends no timeout of its own.
ANSWER_SECONDS = 40.0

_SESSION = {
    "search_path": SEARCH_PATH,
    "timezone": "UTC",
    "statement_timeout": STATEMENT_TIMEOUT,
    "lock_timeout": LOCK_TIMEOUT,
    "application_name": "qwalo",
}

# What asyncpg takes of libpq's address; it would send anything else to the server as a setting.
_TAKEN = {
    *("host", "port", "user", "password", "passfile", "service", "servicefile", "target_session_attrs"),
    *("sslmode", "sslcert", "sslkey", "sslrootcert", "sslcrl", "sslpassword"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib"),
}

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class DatabaseUnavailable(Exception):
    """PostgreSQL cannot be reached, or the connection to it was lost while it was used."""


class DatabaseBusy(DatabaseUnavailable):
    """A statement had to wait for too long for others, and was given up: nothing of it is stored."""


class Connection(Protocol):
    """What repositories use of asyncpg's connections. Parameters are `$1`, `$2`, …"""

    async def fetch(self, query: str, *args: object) -> list[Any]: ...
    async def fetchrow(self, query: str, *args: object) -> Any | None: ...
    async def execute(self, query: str, *args: object) -> str:
        """The command's tag, such as `DELETE 1`."""

    def transaction(self) -> AbstractAsyncContextManager[None]: ...


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Connection]:
    """One connection without a pool.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
    """
    conn = await _connected(_dsn(url))
    try:
        yield conn
    finally:
        await conn.close()


class Database:
    """The pool of one process. `await open()` before use, `await close()` at the end.

    Whoever waits for a connection gets one in turn. A connection that died is replaced when it is asked for, so a
    database that is back is used by the next request. It is this short, and not asyncpg's own pool, because that one
    wraps each loan in a proxy, a timeout and a shielded task: about an eighth of a small request.
    """

    def __init__(self, url: str, *, size: int = 16) -> None:
        self._dsn = _dsn(url)
        self.size = size
        # A place without a connection is filled by who gets it.
        self._idle: list[Any] = [None] * size
        self._waiting: deque[asyncio.Future[Any]] = deque()
        # The connection of the shared transaction that the running task takes part in.
        self._joined: ContextVar[Connection | None] = ContextVar("joined connection", default=None)

    async def open(self) -> None:
        """Connect, so that the first requests need not; where the database is away, they will."""
        attempts = (_connected(self._dsn) for _ in self._idle)
        opened = await asyncio.gather(*attempts, return_exceptions=True)
        self._idle = [None if isinstance(conn, BaseException) else conn for conn in opened]
        missing = self._idle.count(None)
        if missing:
            log.warning("The database gave fewer connections than wanted.", missing=missing, wanted=len(self._idle))

    async def close(self) -> None:
        for conn in filter(None, self._idle):
            conn.terminate()

    async def ping(self) -> None:
        """Raises DatabaseUnavailable when PostgreSQL does not answer."""
        async with self.connection() as conn:
            await conn.execute("SELECT 1")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for plain reads: each statement stands alone.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached, or went away.
        """
        joined = self._joined.get()
        if joined is not None:
            async with _joined(joined):
                yield joined
            return
        conn = self._idle.pop() if self._idle else await self._turn()
        try:
            if conn is None or conn.is_closed():
                conn = await _connected(self._dsn)
            yield conn
        except asyncio.CancelledError:
            # What it was asked for may still be under way, and its answer would be taken for the next one's.
            if conn is not None:
                conn.terminate()
            raise
        except (asyncpg.InternalClientError, TimeoutError) as error:
            # PostgreSQL ended the connection between two steps of one statement, or does not answer any more.
            if conn is not None:
                conn.terminate()
            raise DatabaseUnavailable from error
        except _BUSY as error:
            raise DatabaseBusy from error
        except _UNREACHABLE as error:
            if conn is None or conn.is_closed():
                raise DatabaseUnavailable from error
            raise
        finally:
            self._give_back(conn)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction: it commits when the block ends, and rolls back when it raises.

        Raises:
            DatabaseUnavailable: see `connection`; whether a commit under way took place is then unknown.
        """
        async with self.connection() as conn, conn.transaction():
            yield conn

    @asynccontextmanager
    async def shared_transaction(self) -> AsyncIterator[Connection]:
        """A transaction that everything in the block takes part in which asks this pool for a connection.

        For what must be stored with the work of others, or not at all: they commit when this block ends.
        """
        async with self.transaction() as conn:
            joined = self._joined.set(conn)
            try:
                yield conn
            finally:
                self._joined.reset(joined)

    @property
    def is_shared(self) -> bool:
        """Whether the running task is in the block of a `shared_transaction`."""
        return self._joined.get() is not None

    @property
    def in_use(self) -> int:
        """How many of the `size` connections are lent."""
        return self.size - len(self._idle)

    @property
    def waiting(self) -> int:
        """How many wait for one."""
        return len(self._waiting)

    async def _turn(self) -> Any:
        turn: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back(turn.result())
            raise

    def _give_back(self, conn: Any) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(conn)
                return
        self._idle.append(conn)


_UNREACHABLE = (
    OSError,
    TimeoutError,
    ssl.SSLError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OperatorInterventionError,
)


def _dsn(conninfo: str) -> str:
    """libpq's address, in either of its forms, as asyncpg takes it."""
    parts = {name: value for name, value in conninfo_to_dict(conninfo).items() if value is not None}
    taken = {name: value for name, value in parts.items() if name in _TAKEN}
    return f"postgresql:///{quote(str(parts.get('dbname', '')), safe='')}?{urlencode(taken)}"


_BUSY = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


@asynccontextmanager
async def _joined(conn: Any) -> AsyncIterator[None]:
    """What goes wrong within a shared transaction is called as it is elsewhere; the connection is not given back."""
    try:
        yield
    except _BUSY as error:
        raise DatabaseBusy from error
    except (asyncpg.InternalClientError, *_UNREACHABLE) as error:
        if conn.is_closed():
            raise DatabaseUnavailable from error
        raise


async def _connected(dsn: str) -> Any:
    conn: Any = None
    try:
        conn = await asyncpg.connect(
            dsn, timeout=CONNECT_SECONDS, command_timeout=ANSWER_SECONDS, server_settings=_SESSION
        )
        # TIMESTAMP columns hold UTC by contract, so they are handed out as aware UTC, and taken as such.
        await conn.set_type_codec(
            "timestamp",
            schema="pg_catalog",
            format="tuple",
            decoder=lambda value: _EPOCH + timedelta(microseconds=value[0]),
            encoder=lambda moment: ((moment - _EPOCH) // timedelta(microseconds=1),),
        )
    except BaseException as error:
        if conn is not None:
            conn.terminate()
        if isinstance(error, (*_UNREACHABLE, asyncpg.PostgresError)):
            raise DatabaseUnavailable from error
        raise
    return conn
