"""What changed in the database, as it is committed: PostgreSQL tells (see migration 0002), one listener hears."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from qwalo.platform.realtime.listening import listen

CHANNEL = "qwalo_changes"


class Subscription:
    """Wakes when one of the ids it watches has changed. Many changes before a wake-up are one."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()
        # Nothing more will be told: this process stops, or what it was to last until has happened.
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
        self._endings: defaultdict[str, set[Subscription]] = defaultdict(set)
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
    def subscribe(self, object_id: str, *, until: str | None = None) -> Iterator[Subscription]:
        """A subscription to the object with this id and to what it contains, until another one changes."""
        subscription = Subscription()
        if self._ended:
            subscription.end()
        with _kept(self._subscriptions, object_id, subscription):
            if until is None:
                yield subscription
            else:
                with _kept(self._endings, until, subscription):
                    yield subscription

    async def _listen(self) -> None:
        async for payload in listen(self._conninfo, CHANNEL):
            # What changed while nobody listened is not known, so everybody looks again.
            self._tell(list(self._subscriptions) if payload is None else payload.split())

    def _tell(self, object_ids: list[str]) -> None:
        for object_id in object_ids:
            for subscription in self._subscriptions.get(object_id, ()):
                subscription.tell()
            for subscription in self._endings.get(object_id, ()):
                subscription.end()


@contextmanager
def _kept(places: defaultdict[str, set[Subscription]], name: str, subscription: Subscription) -> Iterator[None]:
    places[name].add(subscription)
    try:
        yield
    finally:
        places[name].discard(subscription)
        if not places[name]:
            del places[name]
