"""Use cases of members. Who accepts an invitation is in `joining`, its mail in `delivering`."""

from qwalo.events.models import EventType, actor_of
from qwalo.events.recording import say_who
from qwalo.identity.models import Viewer
from qwalo.members import departing, repository, resending, seats
from qwalo.members.departing import Ending
from qwalo.members.errors import (
    AlreadyInvited,
    AlreadyMember,
    HasJoined,
    LastOwner,
    ManagedByOrganization,
    MemberNotFound,
    NotJoinedYet,
    OnlyOwners,
    OwnerAlready,
    TooManyInvitations,
)
from qwalo.members.links import LIFETIME, MembershipLinks
from qwalo.members.models import SEND_INVITATION, Member, MemberStatus
from qwalo.members.recording import record_member
from qwalo.members.schemas import CreateMember
from qwalo.platform.clock import now
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.platform.ids import cuid
from qwalo.platform.jobs.queue import defer
from qwalo.workspaces import service as workspaces
from qwalo.workspaces.access import allow
from qwalo.workspaces.errors import WorkspaceNotFound
from qwalo.workspaces.roles import Action, Role, may

MAX_OPEN = 200

_NOTHING = Ending()


async def list_members(
    conn: Connection, viewer: Viewer, workspace_id: str, page: PageRequest, status: MemberStatus | None = None
) -> Page[Member]:
    """Everybody, or only those with that status. Raises WorkspaceNotFound."""
    found = await repository.list_members(conn, viewer.id, workspace_id, page, status)
    if found is None:
        raise WorkspaceNotFound
    return page_of(found, page)


async def count_owners(conn: Connection, viewer: Viewer, workspace_id: str) -> int:
    """0 where the viewer has no such workspace."""
    return await repository.count_owners(conn, viewer.id, workspace_id)


async def get_member(conn: Connection, viewer: Viewer, workspace_id: str, member_id: str) -> Member:
    """Raises MemberNotFound."""
    member = await repository.find_member(conn, viewer.id, workspace_id, member_id)
    if member is None:
        raise MemberNotFound
    return member


async def invite(
    conn: Connection, viewer: Viewer, links: MembershipLinks, workspace_id: str, data: CreateMember
) -> Member:
    """Store an invitation; the mail with its link goes out once that is committed.

    Raises:
        WorkspaceNotFound, NotAllowed: see `access.allow`.
        AlreadyInvited: the address has an invitation that nobody has accepted yet.
        AlreadyMember: the address is a member's.
        TooManyInvitations: others must be accepted or revoked first.
    """
    await _lock(conn, viewer, workspace_id, Action.MANAGE, missing=WorkspaceNotFound)
    same = await repository.find_same_address(conn, viewer.id, workspace_id, data.email)
    if same is not None:
        raise AlreadyInvited(data.email) if same.status == "invited" else AlreadyMember(data.email)
    if await repository.count_invitations(conn, viewer.id, workspace_id) >= MAX_OPEN:
        raise TooManyInvitations(MAX_OPEN)
    member_id = cuid()
    await repository.unscoped_insert_invitation(
        conn,
        member_id,
        workspace_id,
        data.email,
        data.role,
        viewer.id,
        links.link(member_id).token_hash,
        now() + LIFETIME,
    )
    await defer(conn, SEND_INVITATION, member_id=member_id, link_version="1")
    return await _recorded(conn, viewer, "member.invited", workspace_id, member_id)


async def invite_again(
    conn: Connection, viewer: Viewer, links: MembershipLinks, workspace_id: str, member_id: str
) -> Member:
    """Send the mail once more, and make the link last from now on.

    Raises:
        MemberNotFound, NotAllowed: see `access.allow`.
        HasJoined: there is no invitation any more.
        InvitedTooOften: it was sent again just now, or often today.
    """
    await _lock(conn, viewer, workspace_id, Action.MANAGE)
    member = await get_member(conn, viewer, workspace_id, member_id)
    if member.status == "active":
        raise HasJoined
    await resending.refuse_too_often(conn, member)
    token_hash = links.link(member_id).token_hash
    version = await repository.unscoped_renew_link(conn, member_id, viewer.id, token_hash, now() + LIFETIME)
    await defer(conn, SEND_INVITATION, member_id=member_id, link_version=str(version))
    return await _recorded(conn, viewer, "member.reinvited", workspace_id, member_id)


async def change_role(
    conn: Connection, viewer: Viewer, workspace_id: str, member_id: str, role: Role, ending: Ending = _NOTHING
) -> Member:
    """Of a member, or of an invitation. The same role again changes nothing.

    `ending` counts where they manage the workspace no more.

    Raises:
        MemberNotFound, NotAllowed: see `access.allow`.
        ManagedByOrganization: the role follows from the organization.
        OnlyOwners: somebody would become an owner, or cease to be one, and the viewer is none.
        NotJoinedYet: an invitation would become an owner.
        LastOwner: nobody would own the workspace.
    """
    own_role = await _lock(conn, viewer, workspace_id, Action.MANAGE)
    member = await get_member(conn, viewer, workspace_id, member_id)
    _refuse_managed(member)
    if "owner" in (member.role, role):
        _refuse_unless_owner(own_role)
    if member.role == role:
        return member
    if role == "owner" and member.status == "invited":
        raise NotJoinedYet
    if member.role == "owner":
        await _keep_owner(conn, viewer, member)
    if may(member.role, Action.MANAGE) and not may(role, Action.MANAGE):
        await departing.end(conn, viewer, member, ending)
    if member.status == "invited":
        await repository.unscoped_set_inviter(conn, member_id, viewer.id)
    return await _set_role(conn, viewer, member, role)


async def remove(
    conn: Connection, viewer: Viewer, workspace_id: str, member_id: str, ending: Ending = _NOTHING
) -> Member | None:
    """End a membership, which everybody may do with their own, or revoke an invitation: with the commit.

    As what they are still there: who is in the workspace's organization is in it by that, too.

    Raises:
        MemberNotFound, NotAllowed: see `access.allow`.
        ManagedByOrganization: who is in the organization is here too.
        OnlyOwners: an owner would be removed, and the viewer is none.
        LastOwner: nobody would own the workspace.
    """
    own_role = await _lock(conn, viewer, workspace_id, Action.READ)
    member = await get_member(conn, viewer, workspace_id, member_id)
    if member.userId != viewer.id:
        own_role = await allow(conn, viewer, workspace_id, Action.MANAGE, missing=MemberNotFound)
    _refuse_managed(member)
    if member.role == "owner":
        _refuse_unless_owner(own_role)
        await _keep_owner(conn, viewer, member)
    await departing.end(conn, viewer, member, ending)
    event: EventType = "member.removed" if member.status == "active" else "member.revoked"
    await record_member(conn, actor_of(viewer), event, member)
    await repository.unscoped_delete(conn, member_id)
    if member.userId is None:
        return None
    return await seats.unscoped_find_member(conn, workspace_id, member.userId)


async def transfer(conn: Connection, viewer: Viewer, workspace_id: str, member_id: str) -> Member:
    """Make somebody else the owner, whose the workspace is from then on, and oneself an admin.

    An organization's member can be given it as well, and stays then, whatever becomes of the organization.

    Raises:
        WorkspaceNotFound, MemberNotFound, NotAllowed: see `access.allow`.
        OwnerAlready: it would be passed on to oneself.
        NotJoinedYet: it would be passed on to somebody who is only invited.
        ManagedByOrganization: the viewer's own role follows from the organization.
    """
    await _lock(conn, viewer, workspace_id, Action.OWN, missing=WorkspaceNotFound)
    heir = await get_member(conn, viewer, workspace_id, member_id)
    if heir.userId == viewer.id:
        raise OwnerAlready
    if heir.userId is None:
        raise NotJoinedYet
    own = await repository.find_own(conn, viewer.id, workspace_id)
    _refuse_managed(own)
    if heir.role != "owner":
        await _set_role(conn, viewer, heir, "owner")
    await _pass_on(conn, viewer, workspace_id, heir.userId)
    await _set_role(conn, viewer, own, "admin")
    return await get_member(conn, viewer, workspace_id, member_id)


async def _lock(
    conn: Connection,
    viewer: Viewer,
    workspace_id: str,
    action: Action,
    *,
    missing: type[MemberNotFound | WorkspaceNotFound] = MemberNotFound,
) -> Role:
    """The viewer's role. Whoever changes members comes here first, so changes of one workspace follow each other."""
    if not await repository.lock_members(conn, viewer.id, workspace_id):
        raise missing
    # After waiting for the lock, what was read with it may be old: the role is asked for anew.
    return await allow(conn, viewer, workspace_id, action, missing=missing)


def _refuse_managed(member: Member) -> None:
    if member.managedBy is not None:
        raise ManagedByOrganization


def _refuse_unless_owner(role: Role) -> None:
    if not may(role, Action.OWN):
        raise OnlyOwners


async def _keep_owner(conn: Connection, viewer: Viewer, leaving: Member) -> None:
    """Before an owner ceases to be one: where the workspace is theirs, it passes to the longest other owner.

    Raises LastOwner.
    """
    heir = await repository.unscoped_find_heir(conn, leaving.workspaceId, leaving.id)
    if heir is None:
        raise LastOwner
    workspace = await workspaces.get_workspace(conn, viewer, leaving.workspaceId)
    if workspace.ownerId == leaving.userId:
        await _pass_on(conn, viewer, leaving.workspaceId, heir)


async def _pass_on(conn: Connection, viewer: Viewer, workspace_id: str, user_id: str) -> None:
    workspace = await workspaces.get_workspace(conn, viewer, workspace_id)
    if workspace.ownerId != user_id:
        # A trigger writes it down.
        await say_who(conn, actor_of(viewer))
        await repository.unscoped_set_owner(conn, workspace_id, user_id)


async def _set_role(conn: Connection, viewer: Viewer, member: Member, role: Role) -> Member:
    await repository.unscoped_set_role(conn, member.id, role)
    return await _recorded(conn, viewer, "member.updated", member.workspaceId, member.id, old_role=member.role)


async def _recorded(
    conn: Connection,
    viewer: Viewer,
    event: EventType,
    workspace_id: str,
    member_id: str,
    *,
    old_role: Role | None = None,
) -> Member:
    """The member as it is now, with what happened to it written down."""
    member = await get_member(conn, viewer, workspace_id, member_id)
    await record_member(conn, actor_of(viewer), event, member, old_role=old_role)
    return member
