"""The dashboard's pages of a workspace's members."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.response import ServerSentEvent

from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.identity.models import Viewer
from qwalo.members import service
from qwalo.members.errors import AlreadyInvited, AlreadyMember, InvitedTooOften, TooManyInvitations
from qwalo.members.links import MembershipLinks
from qwalo.members.models import ROLE_TEXTS
from qwalo.members.schemas import INVITED_ROLES, CreateMember, CreateOwnershipTransfer
from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import MAX_LIMIT, page_request
from qwalo.platform.realtime.changes import Changes
from qwalo.web import forms
from qwalo.web.live import live_events
from qwalo.workspaces import service as workspaces
from qwalo.workspaces.access import look
from qwalo.workspaces.roles import ROLES, Action, may


class MemberPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/members"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    changes: Changes
    membership_links: MembershipLinks

    @get()
    async def list_members(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        cursor: FromQuery[str | None] = None,
        invited: FromQuery[str | None] = None,
    ) -> Response[str]:
        async with self.db.connection() as conn:
            context = await _context(conn, request.user, workspace_id, cursor, invited)
        return page.render("members/list.html", values={}, **context)

    @get("/live")
    async def live(self, request: HostRequest, workspace_id: FromPath[str]) -> ServerSentEvent:
        async with self.db.connection() as conn:
            await workspaces.get_workspace(conn, request.user, workspace_id)
        return live_events(self.changes, f"members:{workspace_id}", request.user.id)

    @post()
    async def invite(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            data = forms.read(values, CreateMember)
            async with self.db.transaction() as conn:
                member = await service.invite(conn, request.user, self.membership_links, workspace_id, data)
        except forms.InvalidForm as invalid:
            errors = invalid.errors
        except (AlreadyInvited, AlreadyMember, TooManyInvitations) as taken:
            errors = forms.FormErrors(email=str(taken))
        else:
            return page.redirect(members_path(workspace_id), f"The invitation to {member.email} is on its way.")
        async with self.db.connection() as conn:
            context = await _context(conn, request.user, workspace_id, None, None)
        return page.render("members/list.html", status=422, values=values, errors=errors, **context)

    @post("/{member_id:str}/invitations")
    async def invite_again(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        member_id: FromPath[str],
    ) -> Response[str]:
        try:
            async with self.db.transaction() as conn:
                member = await service.invite_again(conn, request.user, self.membership_links, workspace_id, member_id)
        except InvitedTooOften as problem:
            return page.redirect(members_path(workspace_id), problem.detail, "error")
        return page.redirect(members_path(workspace_id), f"The invitation to {member.email} is on its way again.")


class OwnershipTransferPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/ownership-transfers"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database

    @get()
    async def choose_heir(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        return await self._render(request.user, page, workspace_id, forms.FormErrors())

    @post()
    async def transfer(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        try:
            data = forms.read(forms.values_of(await request.form()), CreateOwnershipTransfer)
        except forms.InvalidForm:
            errors = forms.FormErrors(memberId="Choose who shall be the owner.")
            return await self._render(request.user, page, workspace_id, errors)
        async with self.db.transaction() as conn:
            heir = await service.transfer(conn, request.user, workspace_id, data.memberId)
        return page.redirect(members_path(workspace_id), f"{heir.label} is the owner now, and you are an admin.")

    async def _render(
        self, viewer: Viewer, page: HostPage, workspace_id: str, errors: forms.FormErrors
    ) -> Response[str]:
        async with self.db.connection() as conn:
            await look(conn, viewer, workspace_id, Action.OWN)
            workspace = await workspaces.get_workspace(conn, viewer, workspace_id)
            found = await service.list_members(conn, viewer, workspace_id, page_request(MAX_LIMIT), "active")
        return page.render(
            "members/transfer.html",
            status=422 if errors else 200,
            workspace=workspace,
            heirs=[member for member in found.rows if member.userId != viewer.id],
            errors=errors,
        )


async def _context(
    conn: Connection, viewer: Viewer, workspace_id: str, cursor: str | None, invited: str | None
) -> dict[str, Any]:
    workspace = await workspaces.get_workspace(conn, viewer, workspace_id)
    owns = may(workspace.role, Action.OWN)
    return {
        "organization": workspace.organizationName,
        "workspace": workspace,
        "members": await service.list_members(conn, viewer, workspace_id, page_request(cursor=cursor), "active"),
        "invitations": await service.list_members(conn, viewer, workspace_id, page_request(cursor=invited), "invited"),
        "owners": await service.count_owners(conn, viewer, workspace_id),
        "may_manage": may(workspace.role, Action.MANAGE),
        "may_own": owns,
        "roles": ROLES if owns else INVITED_ROLES,
        "invited_roles": INVITED_ROLES,
        "role_texts": ROLE_TEXTS,
        "cursor": cursor,
        "invited": invited,
    }


def members_path(workspace_id: str) -> str:
    return f"/dashboard/workspaces/{workspace_id}/members"
