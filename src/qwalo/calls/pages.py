"""The dashboard's pages of calls: all of an interview, and one with its people, its chat and its quality."""

from litestar import Controller, Response, get

from qwalo.calls import chart, history
from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.invitees import service as invitees
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import page_request


class CallPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/interviews/{interview_id:str}/calls"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database

    @get()
    async def list_calls(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        async with self.db.connection() as conn:
            heading = await invitees.get_heading(conn, request.user, workspace_id, interview_id)
            calls = await history.list_held(conn, request.user, workspace_id, interview_id, page_request(cursor=cursor))
        return page.render(
            "calls/calls.html", organization=heading.organization_name, heading=heading, calls=calls, cursor=cursor
        )

    @get("/{call_id:str}")
    async def show_call(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        call_id: FromPath[str],
    ) -> Response[str]:
        async with self.db.connection() as conn:
            found = await history.get_history(conn, request.user, workspace_id, interview_id, call_id)
            heading = await invitees.get_heading(conn, request.user, workspace_id, interview_id)
        return page.render(
            "calls/call.html",
            organization=heading.organization_name,
            heading=heading,
            held=found.held,
            call=found.held.call,
            messages=found.messages,
            chart=chart.draw(found),
        )
