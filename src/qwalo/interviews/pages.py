"""The dashboard's pages of interviews: a workspace's list of them, a new one, its settings, its deletion."""

from litestar import Controller, Response, get, post
from litestar.response import ServerSentEvent

from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.interviews import service
from qwalo.interviews.schemas import CreateInterview, UpdateInterview
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import page_request
from qwalo.platform.realtime.changes import Changes
from qwalo.web import forms
from qwalo.web.live import live_events
from qwalo.workspaces import service as workspaces
from qwalo.workspaces.access import check
from qwalo.workspaces.roles import Action


class InterviewPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    changes: Changes

    @get()
    async def list_interviews(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            found = await service.summarise_interviews(conn, request.user, workspace_id, page_request(cursor=cursor))
        return page.render(
            "interviews/list.html",
            organization=workspace.organizationName,
            workspace=workspace,
            interviews=found,
            cursor=cursor,
        )

    @get("/live")
    async def live(self, request: HostRequest, workspace_id: FromPath[str]) -> ServerSentEvent:
        async with self.db.connection() as conn:
            await workspaces.get_workspace(conn, request.user, workspace_id)
        return live_events(self.changes, workspace_id, request.user.id)

    @get("/interviews/new")
    async def new_interview(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            check(workspace.role, Action.HOLD)
        return page.render(
            "interviews/new.html", organization=workspace.organizationName, workspace=workspace, values={}
        )

    @post("/interviews/new")
    async def create_interview(
        self, page: Injected[HostPage], request: HostRequest, workspace_id: FromPath[str]
    ) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            data = forms.read(values, CreateInterview)
        except forms.InvalidForm as invalid:
            async with self.db.connection() as conn:
                workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
                check(workspace.role, Action.HOLD)
            return page.render(
                "interviews/new.html",
                status=422,
                organization=workspace.organizationName,
                workspace=workspace,
                values=values,
                errors=invalid.errors,
            )
        async with self.db.transaction() as conn:
            interview = await service.create_interview(conn, request.user, workspace_id, data)
        path = f"/dashboard/workspaces/{workspace_id}/interviews/{interview.id}"
        return page.redirect(path, f"Interview “{interview.title}” created. Now invite somebody.")

    @get("/interviews/{interview_id:str}/settings")
    async def edit_interview(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], interview_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            check(workspace.role, Action.HOLD)
            interview = await service.get_interview(conn, request.user, workspace_id, interview_id)
        return page.render(
            "interviews/settings.html",
            organization=workspace.organizationName,
            workspace=workspace,
            interview=interview,
            values={"title": interview.title, "mode": interview.mode},
        )

    @post("/interviews/{interview_id:str}/settings")
    async def update_interview(
        self, page: Injected[HostPage], request: HostRequest, workspace_id: FromPath[str], interview_id: FromPath[str]
    ) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            # A form sends all of its fields, so none may be empty: the shape of a new one.
            data = forms.read(values, CreateInterview)
        except forms.InvalidForm as invalid:
            async with self.db.connection() as conn:
                workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
                check(workspace.role, Action.HOLD)
                interview = await service.get_interview(conn, request.user, workspace_id, interview_id)
            return page.render(
                "interviews/settings.html",
                status=422,
                organization=workspace.organizationName,
                workspace=workspace,
                interview=interview,
                values=values,
                errors=invalid.errors,
            )
        change = UpdateInterview(title=data.title, mode=data.mode)
        async with self.db.transaction() as conn:
            await service.update_interview(conn, request.user, workspace_id, interview_id, change)
        return page.redirect(f"/dashboard/workspaces/{workspace_id}/interviews/{interview_id}", "Saved.")

    @get("/interviews/{interview_id:str}/deletion")
    async def confirm_deletion(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], interview_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            check(workspace.role, Action.HOLD)
            interview = await service.get_interview(conn, request.user, workspace_id, interview_id)
        return page.render(
            "interviews/deletion.html",
            organization=workspace.organizationName,
            workspace=workspace,
            interview=interview,
        )

    @post("/interviews/{interview_id:str}/deletion")
    async def delete_interview(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], interview_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.transaction() as conn:
            interview = await service.get_interview(conn, request.user, workspace_id, interview_id)
            await service.delete_interview(conn, request.user, workspace_id, interview_id)
        return page.redirect(f"/dashboard/workspaces/{workspace_id}", f"Interview “{interview.title}” deleted.")
