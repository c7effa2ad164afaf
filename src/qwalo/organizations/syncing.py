"""What Clerk tells about organizations, by events in any order and by tokens, into our tables.

What follows in the organization's workspaces is done by triggers (migration 0011).
"""

from datetime import datetime

from qwalo.identity.clerk.events import ClerkEvent
from qwalo.identity.clerk.organization_events import (
    MembershipChanged,
    MembershipEnded,
    OrganizationChanged,
    OrganizationDeleted,
)
from qwalo.identity.clerk.tokens import ActiveOrganization
from qwalo.organizations import repository
from qwalo.organizations.models import role_of
from qwalo.platform.db.pool import Connection


async def apply_clerk_event(conn: Connection, event: ClerkEvent | None) -> None:
    """Apply one event. An older one than what is known, or about a deleted organization, changes nothing."""
    match event:
        case OrganizationChanged():
            await _apply_organization(conn, event)
        case OrganizationDeleted(clerk_org_id=clerk_org_id):
            await repository.unscoped_delete_organization(conn, clerk_org_id)
        case MembershipChanged(organization=organization):
            await repository.unscoped_apply_membership(
                conn, event.clerk_org_id, event.clerk_user_id, role_of(event.role), event.updated_at
            )
            if organization is not None:
                await _apply_organization(conn, organization)
        case MembershipEnded():
            await repository.unscoped_end_membership(
                conn, event.clerk_org_id, event.clerk_user_id, role_of(event.role), event.updated_at
            )
        case _:
            pass


async def enter(
    conn: Connection, clerk_user_id: str, organization: ActiveOrganization, made_at: datetime
) -> str | None:
    """The id of the organization that a token made at `made_at` names, so that it works without webhooks too.

    The token is believed unless an event is newer. None where the person is known to have left, or the organization to
    be deleted.
    """
    role = role_of(organization.role)
    known = await repository.unscoped_find_membership(conn, organization.id, clerk_user_id, role, made_at)
    if known is not None:
        return known
    return await repository.unscoped_see_membership(conn, organization.id, clerk_user_id, role, made_at)


async def _apply_organization(conn: Connection, changed: OrganizationChanged) -> None:
    await repository.unscoped_apply_organization(conn, changed.clerk_org_id, changed.name, changed.updated_at)
