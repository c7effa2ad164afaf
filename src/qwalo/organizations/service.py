"""Sharing a workspace that is there already with an organization, and no longer."""

from qwalo.events.models import Event, actor_of, changes_between
from qwalo.events.recording import record
from qwalo.identity.models import Viewer
from qwalo.organizations import repository
from qwalo.organizations.errors import NoActiveOrganization
from qwalo.organizations.models import Organization
from qwalo.platform.db.pool import Connection
from qwalo.workspaces import service as workspaces
from qwalo.workspaces.access import allow
from qwalo.workspaces.models import Workspace
from qwalo.workspaces.roles import Action


async def active_organization(conn: Connection, viewer: Viewer) -> Organization | None:
    """The one that the viewer has chosen where they sign in, and is in."""
    if viewer.organization_id is None:
        return None
    return await repository.find_organization(conn, viewer.id, viewer.organization_id)


async def share(conn: Connection, viewer: Viewer, workspace_id: str) -> Workspace:
    """The workspace belongs to the viewer's active organization from now on, and to no other.

    Raises:
        WorkspaceNotFound, NotAllowed: see `access.allow`.
        NoActiveOrganization: there is none to share it with.
    """
    await repository.lock_organizations(conn, viewer.id, workspace_id, viewer.organization_id)
    await allow(conn, viewer, workspace_id, Action.OWN, hold="row")
    organization = await active_organization(conn, viewer)
    if organization is None:
        raise NoActiveOrganization
    return await _move(conn, viewer, workspace_id, organization.id)


async def stop_sharing(conn: Connection, viewer: Viewer, workspace_id: str) -> Workspace:
    """Only those who are in the workspace by themselves stay. Raises WorkspaceNotFound, NotAllowed."""
    await repository.lock_organizations(conn, viewer.id, workspace_id, None)
    await allow(conn, viewer, workspace_id, Action.OWN, hold="row")
    return await _move(conn, viewer, workspace_id, None)


async def _move(conn: Connection, viewer: Viewer, workspace_id: str, organization_id: str | None) -> Workspace:
    before = await workspaces.get_workspace(conn, viewer, workspace_id)
    await repository.set_organization(conn, viewer.id, workspace_id, organization_id)
    after = await workspaces.get_workspace(conn, viewer, workspace_id)
    changes = changes_between(before, after, ("organizationId", "organizationName"))
    if changes:
        facts = {name: getattr(after, name) for name in ("id", "name", "organizationName", "createdAt", "updatedAt")}
        data = {"workspace": facts, "changes": changes}
        await record(conn, actor_of(viewer), Event("workspace.updated", after.id, after.id, after.name, data))
    return after
