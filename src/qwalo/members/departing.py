"""What goes on working after somebody has left, or manages the workspace no more, and what is ended with it."""

from typing import Protocol

import msgspec

from qwalo.events.models import actor_of
from qwalo.identity.models import Viewer
from qwalo.members import repository
from qwalo.members.errors import MemberNotFound
from qwalo.members.models import Member
from qwalo.members.recording import record_member
from qwalo.platform.db.pool import Connection
from qwalo.workspaces.access import allow, look
from qwalo.workspaces.roles import Action, Role, may


class KeysOfMembers(Protocol):
    """API keys stand beside members, so those that somebody has made are handed in."""

    async def count(self, conn: Connection, viewer: Viewer, workspace_id: str, maker_id: str) -> int: ...
    async def revoke(self, conn: Connection, viewer: Viewer, workspace_id: str, maker_id: str) -> None: ...


class Ending(msgspec.Struct, frozen=True):
    """What else is to end: the keys that they have made, where these are given, and the invitations they have sent."""

    keys: KeysOfMembers | None = None
    invitations: bool = False


class Remains(msgspec.Struct, frozen=True):
    """What somebody leaves behind that works."""

    keys: int
    """API keys that they have made, from 0."""
    invitations: int
    """Open invitations that they have sent."""
    admin_invitations: int
    """Those among them that would make an admin: they work only while the inviter may make one."""


async def find_remains(conn: Connection, viewer: Viewer, keys: KeysOfMembers, member: Member) -> Remains | None:
    """None where the viewer does not manage the workspace, or where it is an invitation, which leaves nothing.

    Raises MemberNotFound.
    """
    role = await look(conn, viewer, member.workspaceId, Action.READ, missing=MemberNotFound)
    if member.userId is None or not may(role, Action.MANAGE):
        return None
    sent = await repository.list_sent(conn, viewer.id, member.workspaceId, member.userId)
    return Remains(
        keys=await keys.count(conn, viewer, member.workspaceId, member.userId),
        invitations=len(sent),
        admin_invitations=sum(one.role == "admin" for one in sent),
    )


async def find_role_after(conn: Connection, viewer: Viewer, member: Member) -> Role | None:
    """What the workspace's organization makes of them, once their own membership has ended."""
    if member.userId is None:
        return None
    return await repository.find_role_by_organization(conn, viewer.id, member.workspaceId, member.userId)


async def end(conn: Connection, viewer: Viewer, member: Member, ending: Ending) -> None:
    """Before the membership of `member` ends, or manages no more. Raises MemberNotFound, NotAllowed."""
    if member.userId is None:
        return
    if ending.keys is not None or ending.invitations:
        await allow(conn, viewer, member.workspaceId, Action.MANAGE, missing=MemberNotFound)
    if ending.keys is not None:
        await ending.keys.revoke(conn, viewer, member.workspaceId, member.userId)
    if ending.invitations:
        for sent in await repository.list_sent(conn, viewer.id, member.workspaceId, member.userId):
            await record_member(conn, actor_of(viewer), "member.revoked", sent)
            await repository.unscoped_delete(conn, sent.id)
    # Their links would lead nowhere from now on, and so the list says that they have to be sent again.
    await repository.unscoped_expire_invitations(conn, member.workspaceId, member.userId, "admin")
