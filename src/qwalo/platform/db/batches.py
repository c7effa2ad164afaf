"""Many callers, one statement: what comes while a statement is under way goes together in the next one.

Alone, a caller waits no longer than without it. Under load the round trip, the commit and its flush to the disk are
shared, and each caller still has an outcome of its own.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from qwalo.platform.db.pool import DatabaseBusy, DatabaseUnavailable

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

MAX_ITEMS = 64


class Batches(Generic[Item, Outcome]):
    """`run` is given some items, and returns an outcome for each, in their order, or raises for all of them."""

    def __init__(self, run: Callable[[Sequence[Item]], Awaitable[Sequence[Outcome]]]) -> None:
        self._run = run
        self._waiting: deque[tuple[Item, asyncio.Future[Outcome]]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._alone: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item) -> Outcome:
        """The outcome of `item`. Raises what `run` raised for it."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_ITEMS))]
            try:
                outcomes = await self._run([item for item, _ in batch])
            except Exception as error:  # noqa: BLE001 - each caller gets its own error
                self._settle(batch, error)
            else:
                for (_, future), outcome in zip(batch, outcomes, strict=True):
                    if not future.done():
                        future.set_result(outcome)

    def _settle(self, batch: list[tuple[Item, asyncio.Future[Outcome]]], error: Exception) -> None:
        """What is wrong with one item must not be told to the others, nor hold up those that come."""
        away = isinstance(error, DatabaseUnavailable) and not isinstance(error, DatabaseBusy)
        for item, future in batch:
            if future.done():
                continue
            # Where the database is away, it is for all, and what was sent may have been stored: no second try.
            if away or len(batch) == 1:
                future.set_exception(error)
            else:
                alone = asyncio.create_task(self._run_alone(item, future))
                self._alone.add(alone)
                alone.add_done_callback(self._alone.discard)

    async def _run_alone(self, item: Item, future: asyncio.Future[Outcome]) -> None:
        try:
            (outcome,) = await self._run([item])
        except Exception as error:  # noqa: BLE001 - it is this caller's
            if not future.done():
                future.set_exception(error)
        else:
            if not future.done():
                future.set_result(outcome)
