"""Limits: shared by processes, spent in shares, over with the window, and never without end."""

import asyncio

import psycopg
import pytest

from qwalo.platform.db.pool import Database
from qwalo.platform.http.problems import TooManyRequests
from qwalo.platform.rates import MAX_WINDOWS, Limiter, Policy, SharedCounts, unscoped_forget

QUOTA = 100
POLICY = Policy("test", QUOTA, 60, "There were too many")
STRICT = Policy("strict", 3, 60, "There were too many", strict=True)


class Clock:
    """The process's, and the database's with it: time passes when a test says so."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += seconds
        self._conn.execute(
            'UPDATE "RateLimit" SET "startedAt" = "startedAt" - make_interval(secs => %(s)s), '
            '"expiresAt" = "expiresAt" - make_interval(secs => %(s)s)',
            {"s": seconds},
        )


@pytest.fixture
def clock(conn: psycopg.Connection) -> Clock:
    return Clock(conn)


def process(database: Database, clock: Clock, policy: Policy = POLICY) -> Limiter:
    """The limiter of one process."""
    return Limiter(policy, SharedCounts(database, clock))


async def allowed(limiter: Limiter, key: str = "ana") -> bool:
    try:
        await limiter.take(limiter.window(key))
    except TooManyRequests:
        return False
    return True


async def count_allowed(limiter: Limiter, tries: int, key: str = "ana") -> int:
    return sum([await allowed(limiter, key) for _ in range(tries)])


async def test_the_limit_is_reached_and_not_passed(database: Database, clock: Clock) -> None:
    """Exactly as many as the quota says."""
    assert await count_allowed(process(database, clock), QUOTA + 20) == QUOTA


async def test_keys_do_not_share_a_limit(database: Database, clock: Clock) -> None:
    """Each caller has their own."""
    limiter = process(database, clock)
    await count_allowed(limiter, QUOTA + 1, "ana")
    assert await allowed(limiter, "bea")


async def test_policies_do_not_share_a_limit(database: Database, clock: Clock) -> None:
    """Though the key is the same."""
    await count_allowed(process(database, clock), QUOTA + 1)
    assert await allowed(process(database, clock, STRICT))


async def test_processes_share_a_limit(database: Database, clock: Clock) -> None:
    """What all of them let through is the quota, though each spends by itself."""
    processes = [process(database, clock) for _ in range(5)]
    passed = 0
    for _ in range(QUOTA):
        for one in processes:
            passed += await allowed(one)
    assert passed == QUOTA


async def test_many_processes_all_get_something(database: Database, clock: Clock) -> None:
    """The first ones do not take the whole limit away with their first request."""
    processes = [process(database, clock) for _ in range(20)]
    assert all([await allowed(one) for one in processes])


async def test_requests_at_the_same_moment_do_not_pass_the_limit(database: Database, clock: Clock) -> None:
    """Those who wait for a share get one of it in turn."""
    processes = [process(database, clock) for _ in range(2)]
    outcomes = await asyncio.gather(*(allowed(processes[number % 2]) for number in range(QUOTA * 3)))
    assert sum(outcomes) == QUOTA


async def test_most_requests_ask_nobody(database: Database, clock: Clock) -> None:
    """A share is taken in one statement, and spent without."""
    asked = 0

    class Counting(SharedCounts):
        async def take(self, *args: object) -> tuple[int, float] | None:
            nonlocal asked
            asked += 1
            return await super().take(*args)  # type: ignore[arg-type]

    limiter = Limiter(Policy("many", 1200, 60, "Many"), Counting(database, clock))
    assert await count_allowed(limiter, 24) == 24
    assert asked == 1
    assert await count_allowed(limiter, 1200) == 1200 - 24
    assert asked < 40


async def test_whoever_has_had_too_many_is_refused_without_a_question(database: Database, clock: Clock) -> None:
    """A flood does not reach the database."""
    limiter = process(database, clock)
    await count_allowed(limiter, QUOTA + 1)
    await database.close()
    assert not await allowed(limiter)


async def test_a_refusal_says_when_to_come_back(database: Database, clock: Clock) -> None:
    """In the header and in the sentence."""
    limiter = process(database, clock, STRICT)
    await count_allowed(limiter, 3)
    clock.pass_seconds(20)
    with pytest.raises(TooManyRequests) as caught:
        await limiter.take(limiter.window("ana"))
    assert caught.value.headers == {"Retry-After": "40"}
    assert str(caught.value) == "There were too many: try again in 40 seconds."


async def test_a_long_time_is_told_in_minutes() -> None:
    """Rounded up: whoever waits for as long is let in."""
    assert str(TooManyRequests("Too many", 421)) == "Too many: try again in 8 minutes."
    assert str(TooManyRequests("Too many", 1)) == "Too many: try again in a second."


async def test_the_window_passes(database: Database, clock: Clock) -> None:
    """Then the whole quota is there again, in every process."""
    processes = [process(database, clock), process(database, clock)]
    assert sum([await count_allowed(one, QUOTA) for one in processes]) == QUOTA
    clock.pass_seconds(59)
    assert not await allowed(processes[0])
    clock.pass_seconds(1)
    assert sum([await count_allowed(one, QUOTA) for one in processes]) == QUOTA


async def test_a_share_is_gone_with_its_window(database: Database, clock: Clock) -> None:
    """What was not spent is not added to the next one."""
    limiter = process(database, clock)
    await count_allowed(limiter, QUOTA // 2)
    clock.pass_seconds(60)
    assert await count_allowed(limiter, 2 * QUOTA) == QUOTA


async def test_a_strict_limit_is_counted_one_by_one(database: Database, clock: Clock, conn: psycopg.Connection) -> None:
    """So that nobody sits on what another could use."""
    limiter = process(database, clock, STRICT)
    for number in (1, 2, 3):
        assert await allowed(limiter)
        assert conn.execute('SELECT "used" FROM "RateLimit"').fetchall() == [(number,)]


async def test_without_a_database_each_process_has_the_limit_of_its_own(clock: Clock) -> None:
    """More than nothing, and not without end."""
    away = Database("postgresql://127.0.0.1:1/nothing", size=1)
    limiter = process(away, clock)
    assert await count_allowed(limiter, 3 * QUOTA) == QUOTA
    clock.pass_seconds(60)
    assert await count_allowed(limiter, 3 * QUOTA) == QUOTA


async def test_what_was_spent_before_the_database_went_away_counts(
    database: Database, clock: Clock, conn: psycopg.Connection
) -> None:
    """An outage gives nobody a second quota."""
    limiter = process(database, clock)
    assert await count_allowed(limiter, QUOTA // 2) == QUOTA // 2
    conn.execute('DROP TABLE "RateLimit"')
    assert await count_allowed(limiter, QUOTA) == QUOTA - QUOTA // 2


async def test_a_database_that_is_back_is_asked_again(
    database: Database, clock: Clock, conn: psycopg.Connection
) -> None:
    """After a few seconds in which it is left alone."""
    limiter = process(database, clock, STRICT)
    conn.execute('ALTER TABLE "RateLimit" RENAME TO "Away"')
    assert await allowed(limiter)
    conn.execute('ALTER TABLE "Away" RENAME TO "RateLimit"')
    assert await allowed(limiter)
    assert conn.execute('SELECT "used" FROM "RateLimit"').fetchall() == []
    clock.pass_seconds(5)
    assert await allowed(limiter)
    assert conn.execute('SELECT "used" FROM "RateLimit"').fetchall() == [(1,)]


async def test_the_table_names_nobody(database: Database, clock: Clock, conn: psycopg.Connection) -> None:
    """Keys are addresses of people and names of sessions; a hash does."""
    await allowed(process(database, clock), "ana@example.com")
    (key,) = conn.execute('SELECT "key" FROM "RateLimit"').fetchone() or ("",)
    assert "ana" not in key
    assert key.startswith("test:")


async def test_memory_is_bounded(database: Database, clock: Clock) -> None:
    """However many addresses somebody has."""
    limiter = process(database, clock)
    for number in range(MAX_WINDOWS + 10):
        limiter.window(str(number)).ends = clock() + 60
    assert len(limiter._windows) <= MAX_WINDOWS


async def test_windows_that_are_over_are_forgotten(database: Database, clock: Clock, conn: psycopg.Connection) -> None:
    """And those that are not, stay."""
    limiter = process(database, clock)
    await allowed(limiter, "old")
    clock.pass_seconds(60)
    await allowed(limiter, "new")
    async with database.connection() as connection:
        await unscoped_forget(connection)
    assert conn.execute('SELECT count(*) FROM "RateLimit"').fetchone() == (1,)
