"""The dashboard's pages of workspaces. What is inside of one is shown by `interviews.pages`."""

from litestar import Controller, Response, get, post
from litestar.response import ServerSentEvent

from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import page_request
from qwalo.platform.realtime.changes import Changes
from qwalo.web import forms
from qwalo.web.live import live_events
from qwalo.workspaces import service
from qwalo.workspaces.access import check
from qwalo.workspaces.roles import Action
from qwalo.workspaces.schemas import CreateWorkspace, UpdateWorkspace


class WorkspacePages(Controller):
    path = "/dashboard"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    changes: Changes

    @get()
    async def list_workspaces(
        self, request: HostRequest, page: Injected[HostPage], cursor: FromQuery[str | None] = None
    ) -> Response[str]:
        async with self.db.connection() as conn:
            found = await service.list_workspaces(conn, request.user, page_request(cursor=cursor))
            contents = await service.count_contents(conn, request.user, found.rows)
        return page.render("workspaces/list.html", workspaces=found, contents=contents, cursor=cursor)

    @get("/live")
    async def live(self, request: HostRequest) -> ServerSentEvent:
        return live_events(self.changes, request.user.id, request.user.id)

    @get("/workspaces/new")
    async def new_workspace(self, request: HostRequest, page: Injected[HostPage]) -> Response[str]:
        return page.render("workspaces/new.html", values={}, shared=_is_shared(request))

    @post("/workspaces/new")
    async def create_workspace(self, page: Injected[HostPage], request: HostRequest) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            data = forms.read(values, CreateWorkspace)
        except forms.InvalidForm as invalid:
            return page.render(
                "workspaces/new.html", status=422, values=values, errors=invalid.errors, shared=_is_shared(request)
            )
        async with self.db.transaction() as conn:
            workspace = await service.create_workspace(conn, request.user, data)
        return page.redirect(f"/dashboard/workspaces/{workspace.id}", f"Workspace “{workspace.name}” created.")

    @get("/workspaces/{workspace_id:str}/settings")
    async def edit_workspace(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await service.get_workspace(conn, request.user, workspace_id)
            check(workspace.role, Action.MANAGE)
        values = {"name": workspace.name, "organizationName": workspace.organizationName}
        return page.render("workspaces/settings.html", workspace=workspace, values=values)

    @post("/workspaces/{workspace_id:str}/settings")
    async def update_workspace(
        self, page: Injected[HostPage], request: HostRequest, workspace_id: FromPath[str]
    ) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            # A form sends all of its fields, so none may be empty: the shape of a new one.
            data = forms.read(values, CreateWorkspace)
        except forms.InvalidForm as invalid:
            async with self.db.connection() as conn:
                workspace = await service.get_workspace(conn, request.user, workspace_id)
                check(workspace.role, Action.MANAGE)
            return page.render(
                "workspaces/settings.html",
                status=422,
                workspace=workspace,
                values=values,
                errors=invalid.errors,
            )
        change = UpdateWorkspace(name=data.name, organizationName=data.organizationName)
        async with self.db.transaction() as conn:
            await service.update_workspace(conn, request.user, workspace_id, change)
        return page.redirect(f"/dashboard/workspaces/{workspace_id}", "Saved.")

    @get("/workspaces/{workspace_id:str}/deletion")
    async def confirm_deletion(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await service.get_workspace(conn, request.user, workspace_id)
            check(workspace.role, Action.OWN)
            contents = await service.count_contents(conn, request.user, [workspace])
        interviews, invitees = contents[workspace.id]
        return page.render("workspaces/deletion.html", workspace=workspace, interviews=interviews, invitees=invitees)

    @post("/workspaces/{workspace_id:str}/deletion")
    async def delete_workspace(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.transaction() as conn:
            workspace = await service.get_workspace(conn, request.user, workspace_id)
            await service.delete_workspace(conn, request.user, workspace_id)
        return page.redirect("/dashboard", f"Workspace “{workspace.name}” deleted.")


def _is_shared(request: HostRequest) -> bool:
    """Whether a new workspace will be the viewer's organization's, with everybody who is in that."""
    return request.user.organization_id is not None
