"""What happened to members, as the audit log and webhooks are told: what the API shows of them, never a link."""

from typing import Any

import msgspec

from qwalo.events.models import Actor, Event, EventType
from qwalo.events.recording import record
from qwalo.members.models import Member
from qwalo.platform.db.pool import Connection
from qwalo.workspaces.roles import Role


async def record_member(
    conn: Connection, actor: Actor, event: EventType, member: Member, *, old_role: Role | None = None
) -> None:
    """`member` is as it is now; of one who is gone, as it was."""
    data: dict[str, Any] = {"member": msgspec.to_builtins(member)}
    if old_role is not None:
        data["changes"] = {"role": {"old": old_role, "new": member.role}}
    await record(conn, actor, Event(event, member.workspaceId, member.id, member.label, data))
