"""Use cases of workspaces."""

from msgspec import UNSET

from qwalo.identity.errors import NotSignedIn
from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.workspaces import repository
from qwalo.workspaces.errors import WorkspaceNotFound
from qwalo.workspaces.models import Workspace
from qwalo.workspaces.schemas import CreateWorkspace, UpdateWorkspace


async def list_workspaces(conn: Connection, viewer: Viewer, page: PageRequest) -> Page[Workspace]:
    return page_of(await repository.list_workspaces(conn, viewer.id, page), page)


async def get_workspace(conn: Connection, viewer: Viewer, workspace_id: str) -> Workspace:
    """Raises WorkspaceNotFound."""
    return _found(await repository.find_workspace(conn, viewer.id, workspace_id))


async def create_workspace(conn: Connection, viewer: Viewer, data: CreateWorkspace) -> Workspace:
    """Raises NotSignedIn when the viewer's account was deleted meanwhile."""
    workspace = await repository.insert_workspace(conn, viewer.id, data.name, data.organizationName)
    if workspace is None:
        raise NotSignedIn
    return workspace


async def update_workspace(conn: Connection, viewer: Viewer, workspace_id: str, data: UpdateWorkspace) -> Workspace:
    """Raises WorkspaceNotFound."""
    name = None if data.name is UNSET else data.name
    organization_name = None if data.organizationName is UNSET else data.organizationName
    return _found(await repository.update_workspace(conn, viewer.id, workspace_id, name, organization_name))


async def delete_workspace(conn: Connection, viewer: Viewer, workspace_id: str) -> None:
    """Raises WorkspaceNotFound."""
    if not await repository.delete_workspace(conn, viewer.id, workspace_id):
        raise WorkspaceNotFound


async def count_contents(conn: Connection, viewer: Viewer, workspaces: list[Workspace]) -> dict[str, tuple[int, int]]:
    """(interviews, invitees) by workspace id."""
    return await repository.count_contents(conn, viewer.id, [workspace.id for workspace in workspaces])


def _found(workspace: Workspace | None) -> Workspace:
    if workspace is None:
        raise WorkspaceNotFound
    return workspace
