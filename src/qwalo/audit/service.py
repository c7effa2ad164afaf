"""Use cases of the audit log: reading it."""

from qwalo.audit import repository
from qwalo.audit.models import AuditActor, AuditEvent
from qwalo.audit.schemas import AuditFilter
from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.workspaces.access import look
from qwalo.workspaces.roles import Action


async def list_events(
    conn: Connection, viewer: Viewer, workspace_id: str, wanted: AuditFilter, page: PageRequest
) -> Page[AuditEvent]:
    """Raises WorkspaceNotFound, NotAllowed."""
    await look(conn, viewer, workspace_id, Action.MANAGE)
    return page_of(await repository.list_events(conn, viewer.id, workspace_id, wanted, page), page)


async def list_actors(conn: Connection, viewer: Viewer, workspace_id: str) -> list[AuditActor]:
    """People and API keys by whom the log can be filtered. Empty for whoever does not manage the workspace."""
    return await repository.list_actors(conn, viewer.id, workspace_id)
