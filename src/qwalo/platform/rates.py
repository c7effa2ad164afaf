"""Limits of how often something may be done, shared by all processes without a question to the database each time.

A process takes a share of what is left in the window, in one statement, and spends it by itself; it asks again when
that is spent. What all of them have taken together never exceeds the limit. See docs/decisions/0015.
"""

import asyncio
import hashlib
from collections.abc import Callable
from math import ceil
from time import monotonic

import asyncpg
import msgspec
import structlog

from qwalo.platform.db.pool import Connection, Database, DatabaseUnavailable
from qwalo.platform.http.problems import TooManyRequests

log = structlog.get_logger()

# A limit must not make a request wait for long; without an answer, the process counts by itself for a while.
ANSWER_SECONDS = 2.0
AWAY_SECONDS = 5.0
# Of one policy in one process. What is dropped is asked for again.
MAX_WINDOWS = 20_000


class Policy(msgspec.Struct, frozen=True):
    """`quota` times in `seconds`, counted from the first time. `said` begins the sentence of who has had too many.

    `strict`: each one is counted in the database. `unknown_only`: only what was answered with 404 counts.
    """

    name: str
    quota: int
    seconds: int
    said: str
    strict: bool = False
    unknown_only: bool = False


class Window:
    """What this process has of a limit for one key, in the window that is under way."""

    __slots__ = ("ends", "key", "left", "lock", "policy", "rest", "taken")

    def __init__(self, policy: Policy, key: str) -> None:
        self.policy = policy
        self.key = key
        # By the clock of the process.
        self.ends = 0.0
        # Taken by this process and not spent, and all that it has taken.
        self.left = 0
        self.taken = 0
        # What nobody had taken when the database was last asked.
        self.rest = 0
        self.lock = asyncio.Lock()

    def spend(self, now: float) -> bool:
        """Spend one of what the process has, if it has one."""
        if self.left > 0 and now < self.ends:
            self.left -= 1
            return True
        return False

    def seconds_left(self, now: float) -> int:
        return max(1, ceil(self.ends - now))


class SharedCounts:
    """The counts in the database, and whether it can be asked at the moment."""

    def __init__(self, db: Database, clock: Callable[[], float] = monotonic) -> None:
        self._db = db
        self.clock = clock
        self._away_until = float("-inf")

    async def take(self, window: Window, amount: int) -> tuple[int, float] | None:
        """See `unscoped_take`; None while the database is away."""
        if self.clock() < self._away_until:
            return None
        digest = hashlib.sha256(window.key.encode()).hexdigest()[:32]
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._db.connection() as conn:
                return await unscoped_take(conn, f"{window.policy.name}:{digest}", amount, window.policy.seconds)
        except (DatabaseUnavailable, TimeoutError, asyncpg.PostgresError) as error:
            self._away_until = self.clock() + AWAY_SECONDS
            log.warning(
                "The database does not count requests at the moment; each process counts its own.", error=repr(error)
            )
            return None


class Limiter:
    """One policy in one process."""

    def __init__(self, policy: Policy, counts: SharedCounts) -> None:
        self.policy = policy
        self._counts = counts
        self._windows: dict[str, Window] = {}

    def window(self, key: str) -> Window:
        """That of a caller, whether or not it is still under way."""
        return self._windows.get(key) or self._new(key)

    async def take(self, window: Window) -> None:
        """Count one more. Raises TooManyRequests."""
        while not window.spend(self._counts.clock()):
            async with window.lock:
                now = self._counts.clock()
                if now >= window.ends:
                    window.taken = 0
                elif window.left > 0:
                    continue  # Somebody else has asked meanwhile.
                elif window.rest <= 0:
                    raise TooManyRequests(self.policy.said, window.seconds_left(now))
                await self._refill(window, now)

    async def _refill(self, window: Window, now: float) -> None:
        wanted = self._share(window, now)
        quota = self.policy.quota
        answer = await self._counts.take(window, wanted)
        if answer is None:
            # A limit of this process's own memory: more than nothing, and never more than the whole.
            if now >= window.ends:
                window.ends = now + self.policy.seconds
            window.left = min(wanted, quota - window.taken)
            window.taken += window.left
            window.rest = quota - window.taken
            return
        used, seconds = answer
        window.ends = self._counts.clock() + seconds
        # Others may have taken the rest, or a part of it, before.
        window.left = max(0, min(wanted, quota - (used - wanted)))
        window.taken += window.left
        window.rest = max(0, quota - used)

    def _share(self, window: Window, now: float) -> int:
        """A fiftieth at first, so that many processes get one; as much again as before, up to a tenth."""
        if self.policy.strict:
            return 1
        quota = self.policy.quota
        share = min(max(window.taken, quota // 50), quota // 10)
        if now < window.ends:
            # Towards the end, nobody may sit on what another could use.
            share = min(share, window.rest // 4)
        return max(1, share)

    def _new(self, key: str) -> Window:
        if len(self._windows) >= MAX_WINDOWS:
            now = self._counts.clock()
            kept = {name: window for name, window in self._windows.items() if window.ends > now}
            # Where all are in use, the oldest half goes.
            self._windows = kept if len(kept) < MAX_WINDOWS else dict(list(kept.items())[len(kept) // 2 :])
        window = self._windows[key] = Window(self.policy, key)
        return window


async def unscoped_take(conn: Connection, key: str, amount: int, seconds: int) -> tuple[int, float]:
    """(how much was taken by all in the window, this included; how many seconds are left of it).

    The window begins with the first who takes. It may be more than the limit: what is above it was not to be had.
    """
    row = await conn.fetchrow(
        """
        INSERT INTO "RateLimit" AS r ("key", "startedAt", "expiresAt", "used")
        VALUES ($1, utc_now(), utc_now() + make_interval(secs => $2), $3)
        ON CONFLICT ("key") DO UPDATE SET
            "startedAt" = CASE WHEN r."expiresAt" <= utc_now() THEN excluded."startedAt" ELSE r."startedAt" END,
            "expiresAt" = CASE WHEN r."expiresAt" <= utc_now() THEN excluded."expiresAt" ELSE r."expiresAt" END,
            "used" = CASE WHEN r."expiresAt" <= utc_now() THEN excluded."used" ELSE r."used" + excluded."used" END
        RETURNING "used", extract(epoch FROM "expiresAt" - utc_now())::float8
        """,
        key,
        float(seconds),
        amount,
    )
    assert row is not None
    return int(row[0]), float(row[1])


async def unscoped_forget(conn: Connection) -> None:
    """Remove the windows that are over."""
    await conn.execute('DELETE FROM "RateLimit" WHERE "expiresAt" <= utc_now()')
