"""The pages of a room for those who are signed in: the host, and observers whom the host lets watch."""

from litestar import Controller, Response, get, post

from qwalo.calls import access, history, service
from qwalo.calls.errors import ObserverLinkNotValid
from qwalo.calls.observing import ObserverLink, ObserverLinks
from qwalo.calls.refusals import CallEnded, RoomGone
from qwalo.calls.room_page import host_room, observer_room
from qwalo.events.models import actor_of
from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.invitees.errors import InviteeNotFound
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.web.redirects import see_other
from qwalo.workspaces.access import allow
from qwalo.workspaces.errors import NotAllowed
from qwalo.workspaces.roles import Action


class HostRoomPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/interviews/{interview_id:str}/invitees/{invitee_id:str}"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    observer_links: ObserverLinks

    @get("/call")
    async def show_room(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        invitee_id: FromPath[str],
    ) -> Response[str]:
        """The room; after the interview, the record of the call. Who may only watch is led to where that is done."""
        interview = f"/dashboard/workspaces/{workspace_id}/interviews/{interview_id}"
        async with self.db.connection() as conn:
            try:
                facts = await access.facts_for_host(conn, request.user, workspace_id, interview_id, invitee_id)
            except NotAllowed:
                return see_other(f"/observations/{invitee_id}")
            if facts.completed:
                calls = await history.calls_of_interview(conn, request.user, interview_id, [invitee_id])
                call_id = calls[invitee_id].call_id if invitee_id in calls else None
                return see_other(f"{interview}/calls/{call_id}" if call_id else interview)
            entry = await access.as_host(conn, request.user, workspace_id, interview_id, invitee_id)
        room = host_room(facts, entry.name, self.observer_links.link(invitee_id, request.user.id))
        return page.render("calls/room.html", organization=facts.organization, room=room)

    @post("/admission")
    async def admit(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        invitee_id: FromPath[str],
    ) -> Response[str]:
        """Let somebody in who was declined, or who may come in without knocking."""
        interview = f"/dashboard/workspaces/{workspace_id}/interviews/{interview_id}"
        try:
            async with self.db.transaction() as conn:
                await allow(conn, request.user, workspace_id, Action.HOLD, missing=InviteeNotFound)
                facts = await access.facts_for_host(conn, request.user, workspace_id, interview_id, invitee_id)
                await service.admit(conn, actor_of(request.user), invitee_id)
        except CallEnded:
            return page.redirect(interview, "The interview is completed, so nobody was let in.", "error")
        except RoomGone as error:
            raise InviteeNotFound from error
        return page.redirect(interview, f"{facts.invitee_name or facts.invitee_email} can come in now.")


class ObserverPages(Controller):
    path = "/"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    observer_links: ObserverLinks

    @get("/observe/{token:str}")
    async def ask_to_watch(self, request: HostRequest, page: Injected[HostPage], token: FromPath[str]) -> Response[str]:
        async with self.db.connection() as conn:
            facts = await access.facts_for_link(conn, request.user, self._read(token))
        if facts.viewer_role is not None:
            return see_other(facts.room_path)
        return page.render(
            "calls/observe.html", organization=facts.organization, observation=facts, action=f"/observe/{token}"
        )

    @post("/observe/{token:str}")
    async def watch(self, request: HostRequest, token: FromPath[str]) -> Response[str]:
        link = self._read(token)
        try:
            async with self.db.transaction() as conn:
                facts = await access.facts_for_link(conn, request.user, link)
                if facts.viewer_role is not None:
                    return see_other(facts.room_path)
                await service.add_observer(conn, link.invitee_id, request.user.id)
        except (CallEnded, RoomGone) as error:
            raise ObserverLinkNotValid from error
        return see_other(f"/observations/{link.invitee_id}")

    @get("/observations/{invitee_id:str}")
    async def show_room(
        self, request: HostRequest, page: Injected[HostPage], invitee_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.connection() as conn:
            facts = await access.facts_for_observer(conn, request.user, invitee_id)
            entry = await access.as_observer(conn, request.user, invitee_id)
        if facts.completed:
            return page.redirect("/dashboard", f"The interview “{facts.title}” is over.")
        return page.render("calls/room.html", organization=facts.organization, room=observer_room(facts, entry.name))

    def _read(self, token: str) -> ObserverLink:
        link = self.observer_links.read(token)
        if link is None:
            raise ObserverLinkNotValid
        return link
