"""Batches: callers share a run, and nothing else."""

import asyncio
from collections.abc import Sequence

import pytest

from qwalo.platform.db.batches import MAX_ITEMS, Batches
from qwalo.platform.db.pool import DatabaseUnavailable


class Doubling:
    """Doubles numbers; a negative one fails the run that it is in. The first run waits for `go`."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []
        self.started = asyncio.Event()
        self.go = asyncio.Event()

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.runs.append(list(items))
        self.started.set()
        await self.go.wait()
        if any(item < 0 for item in items):
            raise ValueError(min(items))
        return [2 * item for item in items]


async def submit_while_busy(doubling: Doubling, items: Sequence[int]) -> list[int | BaseException]:
    """The outcomes of `items` that all came while a run with 0 was under way."""
    batches = Batches(doubling)
    first = asyncio.create_task(batches.submit(0))
    await doubling.started.wait()
    tasks = [asyncio.create_task(batches.submit(item)) for item in items]
    await asyncio.sleep(0)
    doubling.go.set()
    assert await first == 0
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_comes_while_a_run_is_under_way_goes_together() -> None:
    """And everybody gets the own outcome."""
    doubling = Doubling()
    assert await submit_while_busy(doubling, [1, 2, 3]) == [2, 4, 6]
    assert doubling.runs == [[0], [1, 2, 3]]


async def test_the_trouble_of_one_is_not_told_to_the_others() -> None:
    """A run that failed is done again, one by one."""
    outcomes = await submit_while_busy(Doubling(), [1, -2, 3])
    assert [outcomes[0], outcomes[2]] == [2, 6]
    assert isinstance(outcomes[1], ValueError)


async def test_a_run_is_bounded() -> None:
    """More than fit go in the next ones."""
    doubling = Doubling()
    await submit_while_busy(doubling, range(1, MAX_ITEMS + 2))
    assert [len(run) for run in doubling.runs] == [1, MAX_ITEMS, 1]


async def test_a_caller_who_gave_up_disturbs_nobody() -> None:
    """The others in the same run get theirs."""
    doubling = Doubling()
    batches = Batches(doubling)
    tasks = [asyncio.create_task(batches.submit(item)) for item in (1, 2)]
    await doubling.started.wait()
    tasks[0].cancel()
    doubling.go.set()
    with pytest.raises(asyncio.CancelledError):
        await tasks[0]
    assert await tasks[1] == 4


async def test_where_the_database_is_away_nothing_is_tried_twice() -> None:
    """What was sent may have been stored before the connection was lost."""

    class Away(Doubling):
        async def __call__(self, items: Sequence[int]) -> list[int]:
            await super().__call__(items)
            if list(items) != [0]:
                raise DatabaseUnavailable
            return [0]

    away = Away()
    outcomes = await submit_while_busy(away, [1, 2, 3])
    assert all(isinstance(outcome, DatabaseUnavailable) for outcome in outcomes)
    assert away.runs == [[0], [1, 2, 3]]
