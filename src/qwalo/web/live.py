"""Pages that change by themselves: Server-Sent Events that only say that something changed.

What changed is fetched with an ordinary request, so every look is authorised anew and no event carries data.
"""

import asyncio
from collections.abc import AsyncIterator

from litestar.response import ServerSentEvent, ServerSentEventMessage

from qwalo.platform.realtime.changes import Changes

# Proxies close what is silent for long.
KEEP_ALIVE_SECONDS = 15.0
# A burst of changes makes one fetch.
PAUSE_SECONDS = 0.25


def live_events(changes: Changes, object_id: str, viewer_id: str | None = None) -> ServerSentEvent:
    """The stream of `changed` events of one object and what it contains. It holds no database connection.

    It ends when the viewer's memberships change: the browser connects again, and is let in or not.
    """
    return ServerSentEvent(_events(changes, object_id, viewer_id), headers={"X-Accel-Buffering": "no"})


async def _events(changes: Changes, object_id: str, viewer_id: str | None) -> AsyncIterator[ServerSentEventMessage]:
    with changes.subscribe(object_id, until=f"member:{viewer_id}" if viewer_id else None) as subscription:
        # Between the page's making and this subscription something may have changed.
        yield ServerSentEventMessage(event="changed", data="", retry=1000)
        while True:
            try:
                await asyncio.wait_for(subscription.changed(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield ServerSentEventMessage(comment="still here")
                continue
            if subscription.ended:
                # The browser connects again: to the server that comes next, or to be let in anew.
                return
            yield ServerSentEventMessage(event="changed", data="")
            await asyncio.sleep(PAUSE_SECONDS)
