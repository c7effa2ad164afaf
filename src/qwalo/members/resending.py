"""How often an invitation is sent again: nobody's mailbox is filled by somebody who knows the address."""

import math
from datetime import timedelta

from qwalo.events.recording import unscoped_ages
from qwalo.members.errors import InvitedTooOften
from qwalo.members.models import Member
from qwalo.platform.db.pool import Connection

AT_MOST_EVERY = timedelta(minutes=1)
MAX_A_DAY = 5
_DAY = timedelta(days=1)


async def refuse_too_often(conn: Connection, invitation: Member) -> None:
    """Whoever asks has locked the members, so that of two at once one is counted. Raises InvitedTooOften."""
    ages = await unscoped_ages(conn, "member.reinvited", invitation.workspaceId, invitation.id, _DAY)
    least = AT_MOST_EVERY.total_seconds()
    if ages and ages[0] < least:
        raise InvitedTooOften("This invitation was sent again less than a minute ago", math.ceil(least - ages[0]))
    if len(ages) >= MAX_A_DAY:
        left = _DAY.total_seconds() - ages[MAX_A_DAY - 1]
        raise InvitedTooOften(f"This invitation was sent again {MAX_A_DAY} times in a day", math.ceil(left))
