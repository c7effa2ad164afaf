"""What Clerk tells about people, in any order and more than once, into the table of users."""

from qwalo.identity import repository
from qwalo.identity.clerk.events import UserChanged, UserDeleted
from qwalo.platform.db.pool import Connection


async def apply_clerk_event(conn: Connection, event: UserChanged | UserDeleted | None) -> None:
    """Apply one event. An older one than what is known, or one about a deleted person, changes nothing."""
    match event:
        case UserChanged():
            await repository.unscoped_apply_clerk_user(conn, event)
        case UserDeleted(clerk_user_id=clerk_user_id):
            await repository.unscoped_delete_clerk_user(conn, clerk_user_id)
        case None:
            pass
