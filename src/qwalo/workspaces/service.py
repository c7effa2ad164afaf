"""Use cases of workspaces."""

from typing import Any

import structlog
from msgspec import UNSET

from qwalo.events.models import Event, EventType, actor_of, changes_between
from qwalo.events.recording import record
from qwalo.identity.errors import NotSignedIn
from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.workspaces import repository
from qwalo.workspaces.access import allow
from qwalo.workspaces.errors import OrganizationNameFollows, WorkspaceNotFound
from qwalo.workspaces.models import Workspace
from qwalo.workspaces.roles import Action
from qwalo.workspaces.schemas import CreateWorkspace, UpdateWorkspace

log = structlog.get_logger()


async def list_workspaces(conn: Connection, viewer: Viewer, page: PageRequest) -> Page[Workspace]:
    return page_of(await repository.list_workspaces(conn, viewer.id, page), page)


async def get_workspace(conn: Connection, viewer: Viewer, workspace_id: str) -> Workspace:
    """Raises WorkspaceNotFound."""
    return _found(await repository.find_workspace(conn, viewer.id, workspace_id))


async def create_workspace(conn: Connection, viewer: Viewer, data: CreateWorkspace) -> Workspace:
    """In the organization that the viewer has chosen, whose name and members it then has (migration 0011).

    Raises NotSignedIn when the viewer's account was deleted meanwhile.
    """
    workspace = await repository.insert_workspace(
        conn, viewer.id, data.name, data.organizationName, viewer.organization_id
    )
    if workspace is None:
        raise NotSignedIn
    await _record(conn, viewer, "workspace.created", workspace)
    return workspace


async def update_workspace(conn: Connection, viewer: Viewer, workspace_id: str, data: UpdateWorkspace) -> Workspace:
    """Raises WorkspaceNotFound, NotAllowed, OrganizationNameFollows."""
    await allow(conn, viewer, workspace_id, Action.MANAGE, hold="row")
    before = await get_workspace(conn, viewer, workspace_id)
    name = None if data.name is UNSET else data.name
    organization_name = None if data.organizationName is UNSET else data.organizationName
    if before.organizationId is not None and organization_name not in {None, before.organizationName}:
        raise OrganizationNameFollows(before.organizationName)
    after = _found(await repository.update_workspace(conn, viewer.id, workspace_id, name, organization_name))
    changes = changes_between(before, after, ("name", "organizationName"))
    if changes:
        await _record(conn, viewer, "workspace.updated", after, changes=changes)
    return after


async def delete_workspace(conn: Connection, viewer: Viewer, workspace_id: str) -> None:
    """Its audit log goes with it, so the server's log keeps who did it. Raises WorkspaceNotFound, NotAllowed."""
    await allow(conn, viewer, workspace_id, Action.OWN, hold="everything")
    if not await repository.delete_workspace(conn, viewer.id, workspace_id):
        raise WorkspaceNotFound
    log.info("A workspace was deleted.", workspace=workspace_id, actor=viewer.id)


async def count_contents(conn: Connection, viewer: Viewer, workspaces: list[Workspace]) -> dict[str, tuple[int, int]]:
    """(interviews, invitees) by workspace id."""
    return await repository.count_contents(conn, viewer.id, [workspace.id for workspace in workspaces])


async def _record(
    conn: Connection, viewer: Viewer, event: EventType, workspace: Workspace, **more: dict[str, Any]
) -> None:
    facts = {name: getattr(workspace, name) for name in ("id", "name", "organizationName", "createdAt", "updatedAt")}
    await record(
        conn,
        actor_of(viewer),
        Event(event, workspace.id, workspace.id, workspace.name, {"workspace": facts, **more}),
    )


def _found(workspace: Workspace | None) -> Workspace:
    if workspace is None:
        raise WorkspaceNotFound
    return workspace
