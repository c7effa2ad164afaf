"""Two transactions that meet: one stops in the middle, and the other one begins."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.http.problems import Problem
from tests.server import until

Work = Callable[[Connection], Awaitable[Any]]
WAITING = """
    SELECT count(*) > 0 FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class _Stopping:
    """A connection that stops once, after so many statements, until it is told to go on."""

    def __init__(self, conn: Connection, statements: int) -> None:
        self._conn = conn
        self._left = statements
        self.stopped = asyncio.Event()
        self.go_on = asyncio.Event()

    async def fetch(self, query: str, *args: object) -> list[Any]:
        found = await self._conn.fetch(query, *args)
        await self._step()
        return found

    async def fetchrow(self, query: str, *args: object) -> Any | None:
        found = await self._conn.fetchrow(query, *args)
        await self._step()
        return found

    async def execute(self, query: str, *args: object) -> str:
        tag = await self._conn.execute(query, *args)
        await self._step()
        return tag

    def transaction(self) -> Any:
        return self._conn.transaction()

    async def _step(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.stopped.set()
            await self.go_on.wait()


async def meet(database: Database, conn: psycopg.Connection, first: Work, second: Work, *, after: int) -> list[str]:
    """`first` stops after so many statements; once `second` waits for it, or has committed, it goes on.

    What became of both: "done", or the code of the Problem. Whatever else goes wrong, such as a deadlock, is raised.
    """
    stopping: list[_Stopping] = []
    begun = asyncio.Event()

    async def one() -> str:
        async with database.transaction() as transaction:
            stopping.append(_Stopping(transaction, after))
            begun.set()
            await first(stopping[0])
        return "done"

    async def other() -> str:
        async with database.transaction() as transaction:
            await second(transaction)
        return "done"

    ones = asyncio.create_task(_outcome(one()))
    await begun.wait()
    await asyncio.wait([ones, asyncio.create_task(stopping[0].stopped.wait())], return_when=asyncio.FIRST_COMPLETED)
    others = asyncio.create_task(_outcome(other()))
    settled = lambda: others.done() or conn.execute(WAITING).fetchone() == (True,)  # noqa: E731
    await asyncio.to_thread(until, settled, "the second one waits, or is done")
    stopping[0].go_on.set()
    return list(await asyncio.gather(ones, others))


async def _outcome(work: Awaitable[str]) -> str:
    try:
        return await work
    except Problem as problem:
        return problem.code
