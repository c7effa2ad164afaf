"""Accepting an invitation. Looking never changes anything."""

from qwalo.events.models import Actor
from qwalo.identity.local import sign_in
from qwalo.identity.models import User
from qwalo.members import repository, seats
from qwalo.members.errors import InvitationForAnother, MembershipLinkNotValid
from qwalo.members.models import Invitation, Joined, Member, higher
from qwalo.members.recording import record_member
from qwalo.platform.db.pool import Connection
from qwalo.platform.tokens import hash_token, looks_like_token


async def open_invitation(conn: Connection, token: str) -> Invitation:
    """Who invites whom to what. Raises MembershipLinkNotValid."""
    found = await seats.unscoped_find_by_token(conn, hash_token(token)) if looks_like_token(token) else None
    if found is None:
        raise MembershipLinkNotValid
    return found


async def accept(conn: Connection, token: str, user: User) -> Joined:
    """The signed-in person joins. Whoever is in the workspace already keeps the role that goes further.

    `user.email` must be verified by whoever signs people in: Clerk's is stored only then, and on a server with its
    own sign-in the token was mailed to it.

    Raises:
        MembershipLinkNotValid: unknown, expired, revoked or accepted, also by somebody who was faster just now.
        InvitationForAnother: the person's address is another one.
    """
    invitation = await _locked(conn, token)
    if not invitation.is_for(user.email):
        raise InvitationForAnother(invitation.email)
    existing = await seats.unscoped_find_member(conn, invitation.workspace_id, user.id)
    if existing is None and not await seats.unscoped_take(conn, invitation.member_id, user.id):
        existing = await seats.unscoped_find_member(conn, invitation.workspace_id, user.id)
        assert existing is not None
    if existing is not None:
        return await _merge(conn, invitation, existing, user)
    member = await seats.unscoped_find(conn, invitation.member_id)
    await record_member(conn, Actor("user", user.id), "member.joined", member)
    return Joined(invitation.workspace_id, invitation.workspace_name, invitation.role, was_member=False)


async def accept_as_newcomer(conn: Connection, token: str, name: str) -> tuple[User, Joined]:
    """The same for somebody without an account, on a server with its own sign-in: the link proves the address.

    Raises:
        MembershipLinkNotValid: see `accept`.
        AddressTaken: there is an account meanwhile, which has to be signed in to.
    """
    invitation = await _locked(conn, token)
    user = await sign_in.new_person(conn, invitation.email, name)
    return user, await accept(conn, token, user)


async def _locked(conn: Connection, token: str) -> Invitation:
    """The invitation, which nobody else accepts, changes or revokes until the commit."""
    invitation = await open_invitation(conn, token)
    await seats.unscoped_lock_members(conn, invitation.workspace_id)
    # After waiting for the lock, what was read before may be old.
    return await open_invitation(conn, token)


async def _merge(conn: Connection, invitation: Invitation, existing: Member, user: User) -> Joined:
    # Where the organization manages the membership, so it does the role.
    role = existing.role if existing.managedBy else higher(existing.role, invitation.role)
    actor = Actor("user", user.id)
    # It is used up, and nobody has left or revoked anything.
    await repository.unscoped_delete(conn, invitation.member_id)
    if role != existing.role:
        await repository.unscoped_set_role(conn, existing.id, role)
        changed = await seats.unscoped_find(conn, existing.id)
        await record_member(conn, actor, "member.updated", changed, old_role=existing.role)
    return Joined(invitation.workspace_id, invitation.workspace_name, role, was_member=True)
