"""Messages from one process of this installation to another, through PostgreSQL, in the order in which they are sent.

A notification carries at most 8,000 bytes, so what is longer goes in parts.
"""

import asyncio
from collections.abc import Callable

import structlog

from qwalo.platform.db.pool import Database
from qwalo.platform.ids import cuid
from qwalo.platform.realtime.listening import listen

log = structlog.get_logger()
# A character of JSON has at most four bytes.
PART = 1900


class MailSlot:
    """Where this process receives: `receive` is called with each (address, text) that is sent to its `id`."""

    def __init__(self, db: Database, conninfo: str, receive: Callable[[str, str], None]) -> None:
        self.id = cuid()
        self._db = db
        self._conninfo = conninfo
        self._receive = receive
        self._parts: dict[str, list[str]] = {}
        self._listener: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)

    async def send(self, process: str, address: str, text: str) -> None:
        """To the slot of another process. What nobody hears is lost. Raises DatabaseUnavailable."""
        parts = [text[start : start + PART] for start in range(0, len(text), PART)]
        key = cuid()
        # Numbered, as equal notifications of one transaction are one to PostgreSQL.
        payloads = [f"{key} {number}/{len(parts)} {address} {part}" for number, part in enumerate(parts, 1)]
        async with self._db.connection() as conn:
            await conn.execute(
                "SELECT pg_notify($1, payload) FROM unnest($2::text[]) WITH ORDINALITY AS p(payload, n) ORDER BY n",
                _channel(process),
                payloads,
            )

    async def _listen(self) -> None:
        async for payload in listen(self._conninfo, _channel(self.id)):
            if payload is None:
                # The rest of what had begun to come was lost with the connection.
                self._parts.clear()
                continue
            try:
                key, number, address, part = payload.split(" ", 3)
                count = int(number.partition("/")[2])
            except ValueError:
                # Whoever may connect to the database can send anything.
                log.warning("A message of another process cannot be read.", length=len(payload))
                continue
            parts = self._parts.setdefault(key, [])
            parts.append(part)
            if len(parts) == count:
                del self._parts[key]
                self._receive(address, "".join(parts))


def _channel(process: str) -> str:
    return f"qwalo_slot_{process}"
