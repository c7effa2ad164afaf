"""May this person do this in this workspace? Every change asks here first, in its own transaction.

Locks have one order (docs/decisions/0019): Organization, Workspace, memberships, interview, invitee, seats.
"""

from collections.abc import Mapping
from typing import Any

from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.problems import Problem
from qwalo.workspaces import repository
from qwalo.workspaces.errors import KeyNotAllowed, NotAllowed, RoleWasHigher, WorkspaceNotFound
from qwalo.workspaces.models import Hold
from qwalo.workspaces.roles import Action, Role, is_lower, may


async def allow(
    conn: Connection,
    viewer: Viewer,
    workspace_id: str,
    action: Action,
    *,
    missing: type[Problem] = WorkspaceNotFound,
    hold: Hold = "place",
) -> Role:
    """The viewer's role, which nobody changes or takes away until the commit.

    Whoever changes the workspace's own row, or who is in it, says so by `hold`: a lock that becomes a stronger one
    later comes out of order. Reads that every role may do need not ask: their SQL joins the membership itself, in one
    round trip.

    Raises:
        missing: the viewer is not in this workspace; for them it does not exist. It takes no arguments.
        NotAllowed: the viewer's role does not go so far.
    """
    return _allowed(viewer, await repository.lock_role(conn, viewer.id, workspace_id, hold), action, missing)


async def look(
    conn: Connection,
    viewer: Viewer,
    workspace_id: str,
    action: Action,
    *,
    missing: type[Problem] = WorkspaceNotFound,
) -> Role:
    """The same for what is only read: it locks nothing, and so waits for nobody and writes nothing."""
    return _allowed(viewer, await repository.find_role(conn, viewer.id, workspace_id), action, missing)


def refusal(viewer_kind: str, role: Role, action: Action) -> NotAllowed:
    """Why somebody with that role may not, as they would say it: a person has a role, a key a scope."""
    return KeyNotAllowed(action) if viewer_kind == "api_key" else NotAllowed(action, role)


def check(role: Role, action: Action) -> None:
    """For what is only shown, to a viewer whose role is known. Raises NotAllowed."""
    if not may(role, action):
        raise NotAllowed(action, role)


async def standing(conn: Connection, viewer: Viewer, path: Mapping[str, Any], before: str | None) -> str:
    """The viewer's role where a path with these parameters leads, "" where that is in no workspace.

    For an answer that is told once more, where `before` was the role. Raises WorkspaceNotFound, and RoleWasHigher.
    """
    workspace_id = path.get("workspace_id")
    if workspace_id is None:
        return ""
    role = await look(conn, viewer, workspace_id, Action.READ)
    if before and is_lower(role, before):
        raise RoleWasHigher
    return role


def _allowed(viewer: Viewer, role: Role | None, action: Action, missing: type[Problem]) -> Role:
    if role is None:
        raise missing
    if not may(role, action):
        raise refusal(viewer.kind, role, action)
    return role
