"""The sockets of a room, one address for each kind of credential: the one that its HTTP pages have."""

from litestar import Controller, websocket

from qwalo.calls import access
from qwalo.calls.conversation import Conversations
from qwalo.calls.models import Entry
from qwalo.calls.receiving import AnySocket
from qwalo.invitees.link_cookies import InviteCookies
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.injection import FromPath
from qwalo.platform.http.marks import LIMIT, PUBLIC
from qwalo.platform.http.rate_limits import ROOM


class HostSocket(Controller):
    """Of somebody who is signed in, and may see the interview."""

    path = "/dashboard/workspaces/{workspace_id:str}/interviews/{interview_id:str}/invitees/{invitee_id:str}/call"

    conversations: Conversations

    @websocket("/socket")
    async def connect(
        self, socket: AnySocket, workspace_id: FromPath[str], interview_id: FromPath[str], invitee_id: FromPath[str]
    ) -> None:
        async def authorise(conn: Connection) -> Entry:
            return await access.as_host(conn, socket.user, workspace_id, interview_id, invitee_id)

        await self.conversations.hold(socket, authorise)


class ObserverSocket(Controller):
    """Of somebody who is signed in, and whom the host lets watch."""

    path = "/observations/{invitee_id:str}"

    conversations: Conversations

    @websocket("/socket")
    async def connect(self, socket: AnySocket, invitee_id: FromPath[str]) -> None:
        async def authorise(conn: Connection) -> Entry:
            return await access.as_observer(conn, socket.user, invitee_id)

        await self.conversations.hold(socket, authorise)


class InviteeSocket(Controller):
    """Of whoever opened the personal link in this browser."""

    path = "/join/{invitee_id:str}"
    opt = {PUBLIC: True, LIMIT: (ROOM,)}  # noqa: RUF012 - Litestar's attribute

    conversations: Conversations
    invite_cookies: InviteCookies

    @websocket("/socket")
    async def connect(self, socket: AnySocket, invitee_id: FromPath[str]) -> None:
        async def authorise(conn: Connection) -> Entry:
            version = self.invite_cookies.link_version(socket, invitee_id)
            return await access.as_invitee(conn, invitee_id, version)

        await self.conversations.hold(socket, authorise)
