"""May this person do this in this workspace? Every change asks here first, in its own transaction."""

from collections.abc import Mapping
from typing import Any

from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.problems import Problem
from qwalo.workspaces import repository
from qwalo.workspaces.errors import KeyNotAllowed, NotAllowed, WorkspaceNotFound
from qwalo.workspaces.roles import Action, Role, may


async def allow(
    conn: Connection,
    viewer: Viewer,
    workspace_id: str,
    action: Action,
    *,
    missing: type[Problem] = WorkspaceNotFound,
) -> Role:
    """The viewer's role, which nobody changes or takes away until the commit.

    Reads that every role may do need not ask: their SQL joins the membership itself, in one round trip.

    Raises:
        missing: the viewer is not in this workspace; for them it does not exist. It takes no arguments.
        NotAllowed: the viewer's role does not go so far.
    """
    role = await repository.lock_role(conn, viewer.id, workspace_id)
    if role is None:
        raise missing
    if viewer.kind == "api_key" and not may(role, action):
        raise KeyNotAllowed(action)
    check(role, action)
    return role


def check(role: Role, action: Action) -> None:
    """For what is only shown, to a viewer whose role is known. Raises NotAllowed."""
    if not may(role, action):
        raise NotAllowed(action, role)


async def revisit(conn: Connection, viewer: Viewer, path: Mapping[str, Any]) -> None:
    """For an answer that is told once more: by the parameters of its path. Raises WorkspaceNotFound."""
    workspace_id = path.get("workspace_id")
    if workspace_id is not None:
        await allow(conn, viewer, workspace_id, Action.READ)
