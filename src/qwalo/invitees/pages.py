"""The dashboard's page of one interview: who is invited to it, and what can be done for each of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from litestar import Controller, Response, get, post
from litestar.response import ServerSentEvent

from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.identity.models import Viewer
from qwalo.invitees import service
from qwalo.invitees.errors import InviteeAlreadyInvited
from qwalo.invitees.inviting import Inviting
from qwalo.invitees.links import Links
from qwalo.invitees.models import CallFacts
from qwalo.invitees.schemas import CreateInvitee, UpdateInvitee
from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import page_request
from qwalo.platform.realtime.changes import Changes
from qwalo.web import forms
from qwalo.web.live import live_events
from qwalo.web.redirects import see_other


class CallsOfInterview(Protocol):
    """Calls stand above invitees, so what the page shows of them is handed in."""

    async def __call__(
        self, conn: Connection, viewer: Viewer, interview_id: str, invitee_ids: Sequence[str]
    ) -> Mapping[str, CallFacts]: ...


class InviteePages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/interviews/{interview_id:str}"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    links: Links
    inviting: Inviting
    changes: Changes
    calls_of: CallsOfInterview

    @get()
    async def show_interview(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        async with self.db.connection() as conn:
            context = await self._context(conn, request.user, workspace_id, interview_id, cursor)
        return page.render("invitees/interview.html", values={}, **context)

    @get("/live")
    async def live(
        self, request: HostRequest, workspace_id: FromPath[str], interview_id: FromPath[str]
    ) -> ServerSentEvent:
        async with self.db.connection() as conn:
            await service.get_heading(conn, request.user, workspace_id, interview_id)
        return live_events(self.changes, interview_id, request.user.id)

    @get("/invitees")
    async def back_to_interview(self, workspace_id: FromPath[str], interview_id: FromPath[str]) -> Response[str]:
        """Where a reload leads after the form below came back with errors."""
        return see_other(_path(workspace_id, interview_id))

    @post("/invitees")
    async def invite(
        self, page: Injected[HostPage], request: HostRequest, workspace_id: FromPath[str], interview_id: FromPath[str]
    ) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            data = forms.read(values, CreateInvitee)
            invitee = await self.inviting.invite(request.user, workspace_id, interview_id, data)
        except forms.InvalidForm as invalid:
            errors = invalid.errors
        except InviteeAlreadyInvited as taken:
            errors = forms.FormErrors(email=str(taken))
        else:
            return page.redirect(_path(workspace_id, interview_id), f"The invitation to {invitee.email} is on its way.")
        async with self.db.connection() as conn:
            context = await self._context(conn, request.user, workspace_id, interview_id, None)
        return page.render("invitees/interview.html", status=422, values=values, errors=errors, **context)

    @post("/invitees/{invitee_id:str}/invitations")
    async def invite_again(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        invitee_id: FromPath[str],
    ) -> Response[str]:
        async with self.db.transaction() as conn:
            await service.invite_again(conn, request.user, self.links, workspace_id, interview_id, invitee_id)
        return page.redirect(_path(workspace_id, interview_id), "The invitation is on its way again.")

    @post("/invitees/{invitee_id:str}/completion")
    async def complete(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        invitee_id: FromPath[str],
    ) -> Response[str]:
        change = UpdateInvitee(status="completed")
        async with self.db.transaction() as conn:
            invitee = await service.update_invitee(
                conn, request.user, self.links, workspace_id, interview_id, invitee_id, change
            )
        return page.redirect(
            _path(workspace_id, interview_id), f"{invitee.name or invitee.email} is marked as completed."
        )

    @post("/invitees/{invitee_id:str}/revocation")
    async def revoke(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        invitee_id: FromPath[str],
    ) -> Response[str]:
        async with self.db.transaction() as conn:
            await service.revoke_invitee(conn, request.user, workspace_id, interview_id, invitee_id)
        return page.redirect(
            _path(workspace_id, interview_id),
            "The link does not work any more. Sending again makes a new one.",
        )

    async def _context(
        self, conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, cursor: str | None
    ) -> dict[str, Any]:
        heading = await service.get_heading(conn, viewer, workspace_id, interview_id)
        invitees = await service.list_with_links(
            conn, viewer, self.links, workspace_id, interview_id, page_request(cursor=cursor)
        )
        calls = await self.calls_of(conn, viewer, interview_id, [invitee.id for invitee in invitees.rows])
        return {
            "organization": heading.organization_name,
            "heading": heading,
            "invitees": invitees,
            "calls": {invitee.id: calls.get(invitee.id, CallFacts()) for invitee in invitees.rows},
            "cursor": cursor,
        }


def _path(workspace_id: str, interview_id: str) -> str:
    return f"/dashboard/workspaces/{workspace_id}/interviews/{interview_id}"
