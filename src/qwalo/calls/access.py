"""Who may enter the room of an invitee, and as what. The role follows from the credential and from nothing else."""

from qwalo.calls import repository
from qwalo.calls.errors import ObserverLinkNotValid
from qwalo.calls.models import INVITEE, Entry, RoomFacts
from qwalo.calls.observing import ObserverLink
from qwalo.identity.models import Viewer
from qwalo.invitees import joining
from qwalo.invitees.errors import InviteeNotFound
from qwalo.platform.db.pool import Connection
from qwalo.workspaces.access import allow
from qwalo.workspaces.errors import NotAllowed
from qwalo.workspaces.roles import Action

MAX_NAME = 200


async def as_host(conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, invitee_id: str) -> Entry:
    """Raises InviteeNotFound, NotAllowed."""
    await facts_for_host(conn, viewer, workspace_id, interview_id, invitee_id)
    name = await repository.unscoped_find_name(conn, viewer.id)
    return Entry(invitee_id, "host", viewer.id, name or "Host", user_id=viewer.id, workspace_id=workspace_id)


async def as_invitee(conn: Connection, invitee_id: str, link_version: int) -> Entry:
    """Raises LinkNotValid."""
    welcome = await joining.open_seat(conn, invitee_id, link_version)
    return Entry(invitee_id, "invitee", INVITEE, welcome.name or "", link_version=link_version)


async def as_observer(conn: Connection, viewer: Viewer, invitee_id: str) -> Entry:
    """A member of the workspace who watches, or somebody whom the host lets watch. Raises InviteeNotFound."""
    await facts_for_observer(conn, viewer, invitee_id)
    name = await repository.unscoped_find_name(conn, viewer.id)
    return Entry(invitee_id, "observer", viewer.id, name or "Observer", user_id=viewer.id)


async def confirm(conn: Connection, entry: Entry) -> None:
    """May this person still be there, as what they came? Until the commit, nobody takes a host's role away.

    A socket lives long, so whatever is done by it asks again, in its own transaction. An invitee's link is looked at
    where the room is. Raises InviteeNotFound, NotAllowed.
    """
    if entry.user_id is None:
        return
    viewer = Viewer(entry.user_id, "")
    if entry.workspace_id is not None:
        await allow(conn, viewer, entry.workspace_id, Action.HOLD, missing=InviteeNotFound)
    else:
        await facts_for_observer(conn, viewer, entry.invitee_id)


async def facts_for_host(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, invitee_id: str
) -> RoomFacts:
    """Raises InviteeNotFound, and NotAllowed for a member who may only watch."""
    facts = _found(await repository.find_facts(conn, viewer.id, workspace_id, interview_id, invitee_id))
    if facts.viewer_role is not None and not facts.viewer_may_hold:
        raise NotAllowed(Action.HOLD, facts.viewer_role)
    return facts


async def facts_for_observer(conn: Connection, viewer: Viewer, invitee_id: str) -> RoomFacts:
    """Raises InviteeNotFound."""
    return _found(await repository.find_facts_for_observer(conn, viewer.id, invitee_id))


async def facts_for_link(conn: Connection, viewer: Viewer, link: ObserverLink) -> RoomFacts:
    """For whoever has a link to watch, for as long as who made it holds interviews. Raises ObserverLinkNotValid."""
    facts = await repository.unscoped_find_facts(conn, viewer.id, link.invitee_id)
    if facts is None or facts.completed:
        raise ObserverLinkNotValid
    if not await repository.unscoped_may_hold(conn, link.maker_id, link.invitee_id):
        raise ObserverLinkNotValid
    return facts


def readable_name(text: str) -> str:
    """What somebody calls themselves, in one line without control characters; "" where nothing is left of it."""
    return " ".join("".join(character for character in text if character.isprintable()).split())[:MAX_NAME]


def _found(facts: RoomFacts | None) -> RoomFacts:
    if facts is None:
        raise InviteeNotFound
    return facts
