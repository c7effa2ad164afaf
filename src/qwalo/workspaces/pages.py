"""The dashboard's pages of workspaces. What is inside of one is shown by `interviews.pages`."""

from litestar import Controller, Response, get, post
from litestar.response import ServerSentEvent

from qwalo.identity.host import FormRequest, HostPage
from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import page_request
from qwalo.platform.realtime.changes import Changes
from qwalo.web import forms
from qwalo.web.live import live_events
from qwalo.workspaces import service
from qwalo.workspaces.schemas import CreateWorkspace, UpdateWorkspace


class WorkspacePages(Controller):
    path = "/dashboard"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    @get()
    async def list_workspaces(
        self,
        page: Injected[HostPage],
        db: Injected[Database],
        viewer: Injected[Viewer],
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        async with db.connection() as conn:
            found = await service.list_workspaces(conn, viewer, page_request(cursor=cursor))
            contents = await service.count_contents(conn, viewer, found.rows)
        return page.render("workspaces/list.html", workspaces=found, contents=contents, cursor=cursor)

    @get("/live")
    async def live(self, viewer: Injected[Viewer], changes: Injected[Changes]) -> ServerSentEvent:
        return live_events(changes, viewer.id)

    @get("/workspaces/new")
    async def new_workspace(self, page: Injected[HostPage]) -> Response[str]:
        return page.render("workspaces/new.html", values={})

    @post("/workspaces/new")
    async def create_workspace(
        self,
        page: Injected[HostPage],
        request: FormRequest,
        db: Injected[Database],
        viewer: Injected[Viewer],
    ) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            data = forms.read(values, CreateWorkspace)
        except forms.InvalidForm as invalid:
            return page.render("workspaces/new.html", status=422, values=values, errors=invalid.errors)
        async with db.transaction() as conn:
            workspace = await service.create_workspace(conn, viewer, data)
        return page.redirect(f"/dashboard/workspaces/{workspace.id}", f"Workspace “{workspace.name}” created.")

    @get("/workspaces/{workspace_id:str}/settings")
    async def edit_workspace(
        self,
        page: Injected[HostPage],
        db: Injected[Database],
        viewer: Injected[Viewer],
        workspace_id: FromPath[str],
    ) -> Response[str]:
        async with db.connection() as conn:
            workspace = await service.get_workspace(conn, viewer, workspace_id)
        values = {"name": workspace.name, "organizationName": workspace.organizationName}
        return page.render("workspaces/settings.html", workspace=workspace, values=values)

    @post("/workspaces/{workspace_id:str}/settings")
    async def update_workspace(
        self,
        page: Injected[HostPage],
        request: FormRequest,
        db: Injected[Database],
        viewer: Injected[Viewer],
        workspace_id: FromPath[str],
    ) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            # A form sends all of its fields, so none may be empty: the shape of a new one.
            data = forms.read(values, CreateWorkspace)
        except forms.InvalidForm as invalid:
            async with db.connection() as conn:
                workspace = await service.get_workspace(conn, viewer, workspace_id)
            return page.render(
                "workspaces/settings.html",
                status=422,
                workspace=workspace,
                values=values,
                errors=invalid.errors,
            )
        change = UpdateWorkspace(name=data.name, organizationName=data.organizationName)
        async with db.transaction() as conn:
            await service.update_workspace(conn, viewer, workspace_id, change)
        return page.redirect(f"/dashboard/workspaces/{workspace_id}", "Saved.")

    @get("/workspaces/{workspace_id:str}/deletion")
    async def confirm_deletion(
        self,
        page: Injected[HostPage],
        db: Injected[Database],
        viewer: Injected[Viewer],
        workspace_id: FromPath[str],
    ) -> Response[str]:
        async with db.connection() as conn:
            workspace = await service.get_workspace(conn, viewer, workspace_id)
            contents = await service.count_contents(conn, viewer, [workspace])
        interviews, invitees = contents[workspace.id]
        return page.render("workspaces/deletion.html", workspace=workspace, interviews=interviews, invitees=invitees)

    @post("/workspaces/{workspace_id:str}/deletion")
    async def delete_workspace(
        self,
        page: Injected[HostPage],
        db: Injected[Database],
        viewer: Injected[Viewer],
        workspace_id: FromPath[str],
    ) -> Response[str]:
        async with db.transaction() as conn:
            workspace = await service.get_workspace(conn, viewer, workspace_id)
            await service.delete_workspace(conn, viewer, workspace_id)
        return page.redirect("/dashboard", f"Workspace “{workspace.name}” deleted.")
