"""One connection that listens to a channel of PostgreSQL, for as long as this process lives."""

import asyncio
from collections.abc import AsyncIterator

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from qwalo.platform.db.pool import SESSION_OPTIONS

RECONNECT_SECONDS = 1.0
# This connection only listens, so nothing but these would tell that the other end is gone without a word.
KEEP_ALIVE = "keepalives_idle=20 keepalives_interval=5 keepalives_count=3"

log = structlog.get_logger()


async def listen(conninfo: str, channel: str) -> AsyncIterator[str | None]:
    """The payloads sent to `channel`, and None whenever listening begins (again): what came before is not known."""
    while True:
        try:
            async for payload in _notifications(conninfo, channel):
                yield payload
        except (psycopg.Error, OSError) as error:
            log.warning(
                "The connection that hears of changes was lost; connecting again.", channel=channel, reason=str(error)
            )
        await asyncio.sleep(RECONNECT_SECONDS)


async def _notifications(conninfo: str, channel: str) -> AsyncIterator[str | None]:
    async with await psycopg.AsyncConnection.connect(
        make_conninfo(conninfo, options=SESSION_OPTIONS, connect_timeout=5, **conninfo_to_dict(KEEP_ALIVE)),
        autocommit=True,
    ) as conn:
        await conn.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
        yield None
        async for notification in conn.notifies():
            yield notification.payload
