"""What Clerk tells about people, in any order and more than once, into the table of users."""

from datetime import datetime
from typing import Protocol

from qwalo.identity import repository
from qwalo.identity.clerk.events import ClerkEvent, UserChanged, UserDeleted
from qwalo.identity.clerk.tokens import ActiveOrganization
from qwalo.platform.db.pool import Connection


class Organizations(Protocol):
    """Who is in which organization is kept by a domain above this one; here it is only told."""

    async def apply_clerk_event(self, conn: Connection, event: ClerkEvent | None) -> None:
        """In any order, and more than once. What is not about organizations changes nothing."""

    async def enter(
        self, conn: Connection, clerk_user_id: str, organization: ActiveOrganization, made_at: datetime
    ) -> str | None:
        """The id of the organization that a token made then names, None if the person is known to have left it."""


async def apply_clerk_event(conn: Connection, event: ClerkEvent | None) -> None:
    """Apply one event about a person. An older one than what is known, or about a deleted person, changes nothing."""
    match event:
        case UserChanged():
            await repository.unscoped_apply_clerk_user(conn, event)
        case UserDeleted(clerk_user_id=clerk_user_id):
            await repository.unscoped_delete_clerk_user(conn, clerk_user_id)
        case _:
            pass
