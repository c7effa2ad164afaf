"""The host's use cases of invitees. `inviting` comes before, the mail is `delivering`, the invitee is `joining`."""

from typing import Any

import msgspec

from qwalo.events.models import Actor, Event, EventType, actor_of, changes_between
from qwalo.events.recording import record
from qwalo.identity.models import Viewer
from qwalo.invitees import repository
from qwalo.invitees.errors import (
    InterviewAlreadyHeld,
    InviteeNotFound,
    StatusMovesForward,
)
from qwalo.invitees.links import LIFETIME, Links
from qwalo.invitees.models import SEND_INVITATION, Heading, Invitee, Status, is_forward
from qwalo.invitees.repository import Linked
from qwalo.invitees.schemas import Invitation, UpdateInvitee
from qwalo.platform.clock import now
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.platform.jobs.queue import defer
from qwalo.workspaces.access import allow
from qwalo.workspaces.errors import InterviewNotFound
from qwalo.workspaces.roles import Action, may


async def list_invitees(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, page: PageRequest
) -> Page[Invitee]:
    """Raises InterviewNotFound."""
    found = await repository.list_invitees(conn, viewer.id, workspace_id, interview_id, page)
    return page_of([linked.invitee for linked in _existing(found)], page)


async def list_with_links(
    conn: Connection, viewer: Viewer, links: Links, workspace_id: str, interview_id: str, page: PageRequest
) -> Page[Invitee]:
    """The same with the personal links, for the page on which they are copied. Raises InterviewNotFound."""
    found = await repository.list_invitees(conn, viewer.id, workspace_id, interview_id, page)
    return page_of([_with_link(linked, links) for linked in _existing(found)], page)


async def get_heading(conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str) -> Heading:
    """Raises InterviewNotFound."""
    heading = await repository.find_heading(conn, viewer.id, workspace_id, interview_id)
    if heading is None:
        raise InterviewNotFound
    return heading


async def get_invitee(
    conn: Connection, viewer: Viewer, links: Links, workspace_id: str, interview_id: str, invitee_id: str
) -> Invitee:
    """With the personal link, where there is one that can be shared. Raises InviteeNotFound."""
    found = await repository.find_invitee(conn, viewer.id, workspace_id, interview_id, invitee_id)
    if found is None:
        raise InviteeNotFound
    return _with_link(found, links)


async def invite_again(
    conn: Connection, viewer: Viewer, links: Links, workspace_id: str, interview_id: str, invitee_id: str
) -> Invitation:
    """Send the mail once more, and make the link last from now on. A revoked link is replaced by a new one.

    Raises:
        InviteeNotFound: the viewer has no such invitee.
        NotAllowed: the viewer's role does not go so far.
        InterviewAlreadyHeld: the invitee has completed the interview.
    """
    status, revoked, version = await _locked(conn, viewer, workspace_id, interview_id, invitee_id)
    if status == "completed":
        raise InterviewAlreadyHeld
    if viewer.kind == "user":
        await repository.unscoped_set_host(conn, invitee_id, viewer.id)
    # An invitee that another program stored has no link yet: its version is 0.
    version += revoked or version == 0
    token_hash = links.link(invitee_id, version).token_hash
    await repository.unscoped_renew_link(conn, invitee_id, token_hash, version, now() + LIFETIME)
    invitation_id, created_at = await repository.unscoped_insert_invitation(conn, invitee_id, version)
    await defer(conn, SEND_INVITATION, invitation_id=invitation_id)
    await happened(conn, actor_of(viewer), "invitee.invited", invitee_id)
    return Invitation(id=invitation_id, inviteeId=invitee_id, createdAt=created_at)


async def update_invitee(
    conn: Connection,
    viewer: Viewer,
    links: Links,
    workspace_id: str,
    interview_id: str,
    invitee_id: str,
    data: UpdateInvitee,
) -> Invitee:
    """Raises InviteeNotFound, NotAllowed, and StatusMovesForward when the status would go back."""
    status, _, _ = await _locked(conn, viewer, workspace_id, interview_id, invitee_id)
    before = await get_invitee(conn, viewer, links, workspace_id, interview_id, invitee_id)
    if isinstance(data.status, str):
        await advance(conn, actor_of(viewer), invitee_id, status, data.status)
    if data.name is None or isinstance(data.name, str):
        await repository.unscoped_set_name(conn, invitee_id, data.name)
    after = await get_invitee(conn, viewer, links, workspace_id, interview_id, invitee_id)
    changes = changes_between(before, after, ("name",))
    if changes:
        await happened(conn, actor_of(viewer), "invitee.updated", invitee_id, changes=changes)
    return after


async def revoke_invitee(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, invitee_id: str
) -> None:
    """The link stops to work with the commit; the row stays, so that it can be seen and sent again.

    Raises InviteeNotFound, NotAllowed.
    """
    _, revoked, _ = await _locked(conn, viewer, workspace_id, interview_id, invitee_id)
    if not revoked:
        await repository.unscoped_revoke(conn, invitee_id)
        await happened(conn, actor_of(viewer), "invitee.revoked", invitee_id)


async def advance(conn: Connection, actor: Actor, invitee_id: str, old: Status, new: Status) -> None:
    """The one place where a status changes. The row must be locked; the same status again changes nothing.

    Raises StatusMovesForward.
    """
    if not is_forward(old, new):
        raise StatusMovesForward(old, new)
    if old != new:
        await repository.unscoped_set_status(conn, invitee_id, new)
        if new != "pending":
            await happened(conn, actor, "invitee.accepted" if new == "accepted" else "invitee.completed", invitee_id)


async def happened(conn: Connection, actor: Actor, event: EventType, invitee_id: str, **more: dict[str, Any]) -> None:
    """Record what happened to an invitee, as it is now. Nothing where it is gone."""
    found = await repository.unscoped_find_for_event(conn, invitee_id)
    if found is not None:
        workspace_id, invitee = found
        data = {"workspaceId": workspace_id, "invitee": msgspec.to_builtins(invitee), **more}
        await record(conn, actor, Event(event, workspace_id, invitee_id, invitee.email, data))


async def _locked(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, invitee_id: str
) -> tuple[Status, bool, int]:
    await allow(conn, viewer, workspace_id, Action.HOLD, missing=InviteeNotFound)
    locked = await repository.lock_invitee(conn, viewer.id, workspace_id, interview_id, invitee_id)
    if locked is None:
        raise InviteeNotFound
    return locked


def _existing(found: list[Linked] | None) -> list[Linked]:
    if found is None:
        raise InterviewNotFound
    return found


def _with_link(linked: Linked, links: Links) -> Invitee:
    invitee, version, token_hash, role = linked
    # Where the secret key has changed since, the derived link is not the one that was sent: it would lead nowhere.
    link = links.link(invitee.id, version)
    # Whoever has the link can take the invitee's place.
    if not may(role, Action.HOLD) or invitee.revokedAt is not None or token_hash != link.token_hash:
        return invitee
    return msgspec.structs.replace(invitee, link=link.url)
