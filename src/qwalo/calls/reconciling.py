"""So that no call stays open for ever: not when everybody has left, and not when a server has died."""

from qwalo.calls import servers, service
from qwalo.calls.models import RETURN_WITHIN, SERVER_DEAD_AFTER
from qwalo.calls.refusals import RoomGone
from qwalo.platform.db.pool import Database


async def reconcile(db: Database) -> None:
    """Empty the seats of dead servers, and end the calls that nobody has come back to."""
    async with db.transaction() as conn:
        await servers.unscoped_release_dead(conn, SERVER_DEAD_AFTER)
    async with db.connection() as conn:
        abandoned = await servers.unscoped_list_abandoned(conn, RETURN_WITHIN)
    for invitee_id in abandoned:
        await end_abandoned(db, invitee_id)


async def end_abandoned(db: Database, invitee_id: str) -> None:
    """End the invitee's call, unless somebody is there again or has left only a moment ago."""
    async with db.transaction() as conn:
        try:
            await service.end_if_abandoned(conn, invitee_id)
        except RoomGone:
            return  # Deleted meanwhile, with its calls.
