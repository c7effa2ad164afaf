"""What changed in the database, as it is committed: PostgreSQL tells (see migration 0002), one listener hears."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from qwalo.platform.db.pool import SESSION_OPTIONS

CHANNEL = "qwalo_changes"
RECONNECT_SECONDS = 1.0
# This connection only listens, so nothing but these would tell that the other end is gone without a word.
KEEP_ALIVE = "keepalives_idle=20 keepalives_interval=5 keepalives_count=3"

log = structlog.get_logger()


class Subscription:
    """Wakes when one of the ids it watches has changed. Many changes before a wake-up are one."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        # Nothing more will be told: this process stops.
        self.ended = False

    def tell(self) -> None:
        self._changed.set()

    def end(self) -> None:
        self.ended = True
        self._changed.set()

    async def changed(self) -> None:
        """Return at the next change or the end, or at once where there was one since the last call."""
        await self._changed.wait()
        self._changed.clear()


class Changes:
    """Listens on one connection of its own, and tells the subscriptions of this process."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._subscriptions: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._ended = False

    def start(self) -> None:
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)

    def end_subscriptions(self) -> None:
        """End what waits for changes, and would keep a server that stops waiting for it."""
        self._ended = True
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.end()

    @contextmanager
    def subscribe(self, object_id: str) -> Iterator[Subscription]:
        """A subscription to the object with this id and to what it contains."""
        subscription = Subscription()
        if self._ended:
            subscription.end()
        self._subscriptions[object_id].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[object_id].discard(subscription)
            if not self._subscriptions[object_id]:
                del self._subscriptions[object_id]

    async def _listen(self) -> None:
        while True:
            try:
                async for object_ids in self._notifications():
                    self._tell(object_ids)
            except (psycopg.Error, OSError) as error:
                log.warning("The connection that hears of changes was lost; connecting again.", reason=str(error))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _notifications(self) -> AsyncIterator[list[str]]:
        async with await psycopg.AsyncConnection.connect(
            make_conninfo(self._conninfo, options=SESSION_OPTIONS, connect_timeout=5, **conninfo_to_dict(KEEP_ALIVE)),
            autocommit=True,
        ) as conn:
            await conn.execute(f"LISTEN {CHANNEL}")
            # What changed while nobody listened is not known, so everybody looks again.
            yield list(self._subscriptions)
            async for notification in conn.notifies():
                yield notification.payload.split()

    def _tell(self, object_ids: list[str]) -> None:
        for object_id in object_ids:
            for subscription in self._subscriptions.get(object_id, ()):
                subscription.tell()
