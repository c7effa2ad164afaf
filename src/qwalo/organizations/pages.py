"""The page on which an owner shares a workspace with their organization. There is none with local sign-in."""

from litestar import Controller, Response, get, post

from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.organizations import service
from qwalo.organizations.errors import NoActiveOrganization
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.workspaces import service as workspaces
from qwalo.workspaces.access import check
from qwalo.workspaces.roles import Action


class OrganizationPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/organization"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database

    @get()
    async def show(self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            check(workspace.role, Action.OWN)
            active = await service.active_organization(conn, request.user)
        return page.render("organizations/sharing.html", workspace=workspace, active=active)

    @post()
    async def share(self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]) -> Response[str]:
        path = f"/dashboard/workspaces/{workspace_id}"
        try:
            async with self.db.transaction() as conn:
                workspace = await service.share(conn, request.user, workspace_id)
        except NoActiveOrganization as problem:
            return page.redirect(f"{path}/organization", problem.detail, "error")
        return page.redirect(f"{path}/members", f"Shared with {workspace.organizationName}.")

    @post("/removal")
    async def stop_sharing(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.transaction() as conn:
            workspace = await service.stop_sharing(conn, request.user, workspace_id)
        path = f"/dashboard/workspaces/{workspace_id}/members"
        return page.redirect(path, f"No longer shared with {workspace.organizationName}.")
