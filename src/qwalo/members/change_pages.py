"""The pages on which a membership is changed or ended. What takes something away is asked first."""

from collections.abc import Mapping
from typing import Any

from litestar import Controller, Response, get, post

from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.identity.models import Viewer
from qwalo.members import departing, service
from qwalo.members.departing import Ending, KeysOfMembers
from qwalo.members.errors import MemberNotFound
from qwalo.members.models import Member, role_sentence
from qwalo.members.pages import members_path
from qwalo.members.schemas import UpdateMember
from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.problems import InvalidRequest
from qwalo.web import forms
from qwalo.web.redirects import see_other
from qwalo.workspaces import service as workspaces
from qwalo.workspaces.access import look
from qwalo.workspaces.models import Workspace
from qwalo.workspaces.roles import ROLES, Action, Role, may


class MemberChangePages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/members/{member_id:str}"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    keys_of_members: KeysOfMembers

    @get("/role")
    async def confirm_role(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        member_id: FromPath[str],
        role: FromQuery[str | None] = None,
    ) -> Response[str]:
        wanted = next((one for one in ROLES if one == role), None)
        async with self.db.connection() as conn:
            await look(conn, request.user, workspace_id, Action.MANAGE, missing=MemberNotFound)
            context = await self._context(conn, request.user, workspace_id, member_id)
        if wanted is None or not _asks_first(context["member"], wanted, request.user):
            return see_other(members_path(workspace_id))
        return page.render("members/demotion.html", role=wanted, role_sentence=role_sentence(wanted), **context)

    @post("/role")
    async def change_role(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        member_id: FromPath[str],
    ) -> Response[str]:
        values = forms.values_of(await request.form())
        try:
            role = forms.read(values, UpdateMember).role
        except forms.InvalidForm as invalid:
            # The page offers only roles that there are.
            raise InvalidRequest("There is no such role.") from invalid
        async with self.db.transaction() as conn:
            own_role = await look(conn, request.user, workspace_id, Action.MANAGE, missing=MemberNotFound)
            member = await service.get_member(conn, request.user, workspace_id, member_id)
            # What would be refused is not asked first.
            allowed = member.managedBy is None and (member.role != "owner" or may(own_role, Action.OWN))
            if allowed and "confirmed" not in values and _asks_first(member, role, request.user):
                return see_other(f"{members_path(workspace_id)}/{member_id}/role?role={role}")
            ending = self._ending(values)
            member = await service.change_role(conn, request.user, workspace_id, member_id, role, ending)
        text = "Your role is" if member.userId == request.user.id else f"The role of {member.label} is"
        return page.redirect(members_path(workspace_id), f"{text} {member.role} now.")

    @get("/removal")
    async def confirm_removal(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        member_id: FromPath[str],
    ) -> Response[str]:
        async with self.db.connection() as conn:
            context = await self._context(conn, request.user, workspace_id, member_id)
            if not context["own"]:
                await look(conn, request.user, workspace_id, Action.MANAGE)
        return page.render("members/removal.html", **context)

    @post("/removal")
    async def remove(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        member_id: FromPath[str],
    ) -> Response[str]:
        ending = self._ending(forms.values_of(await request.form()))
        async with self.db.transaction() as conn:
            member = await service.get_member(conn, request.user, workspace_id, member_id)
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            remaining = await service.remove(conn, request.user, workspace_id, member_id, ending)
        own = member.userId == request.user.id
        if remaining is not None:
            return page.redirect(members_path(workspace_id), _still_here(remaining, workspace, own=own), "info")
        if own:
            return page.redirect("/dashboard", f"You have left “{workspace.name}”.")
        if member.status == "invited":
            text = f"The invitation to {member.email} does not work any more."
        else:
            text = f"{member.label} is not in this workspace any more."
        return page.redirect(members_path(workspace_id), text)

    async def _context(self, conn: Connection, viewer: Viewer, workspace_id: str, member_id: str) -> dict[str, Any]:
        member = await service.get_member(conn, viewer, workspace_id, member_id)
        return {
            "member": member,
            "workspace": await workspaces.get_workspace(conn, viewer, workspace_id),
            "own": member.userId == viewer.id,
            "last_owner": member.role == "owner" and await service.count_owners(conn, viewer, workspace_id) == 1,
            "stays_as": await departing.find_role_after(conn, viewer, member),
            "remains": await departing.find_remains(conn, viewer, self.keys_of_members, member),
        }

    def _ending(self, values: Mapping[str, str]) -> Ending:
        return Ending(keys=self.keys_of_members if "keys" in values else None, invitations="invitations" in values)


def _asks_first(member: Member, role: Role, viewer: Viewer) -> bool:
    """Whether this change takes something away that the viewer cannot simply give back."""
    if member.status == "invited":
        return False
    manages_no_more = may(member.role, Action.MANAGE) and not may(role, Action.MANAGE)
    return manages_no_more or (member.userId == viewer.id and ROLES.index(role) > ROLES.index(member.role))


def _still_here(remaining: Member, workspace: Workspace, *, own: bool) -> str:
    who = "You are" if own else f"{remaining.label} is"
    return (
        f"{who} still in this workspace, as {remaining.role}: it is shared with the organization "
        f"{workspace.organizationName}. Only the membership beside it has ended."
    )
