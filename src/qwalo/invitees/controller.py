"""The JSON API of invitees."""

from litestar import Controller, Response, delete, get, patch, post

from qwalo.identity.authentication import HostRequest
from qwalo.identity.errors import ForeignRequest, NotSignedIn
from qwalo.invitees import service
from qwalo.invitees.errors import (
    InterviewAlreadyHeld,
    InviteeAlreadyInvited,
    InviteeNotFound,
    StatusMovesForward,
)
from qwalo.invitees.inviting import Inviting
from qwalo.invitees.links import Links
from qwalo.invitees.models import Invitee
from qwalo.invitees.schemas import CreateInvitee, Invitation, UpdateInvitee
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, WRITE, problems
from qwalo.platform.http.injection import FromPath, JSONBody
from qwalo.platform.http.paging import DEFAULT_LIMIT, CursorText, Limit, next_link, page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.settings import Settings
from qwalo.workspaces.errors import InterviewNotFound, NotAllowed

_READ = problems(NotSignedIn, *READ)
_WRITE = problems(NotSignedIn, ForeignRequest, NotAllowed, *WRITE)


class InviteeController(Controller):
    path = "/workspaces/{workspace_id:str}/interviews/{interview_id:str}/invitees"
    tags = ("Invitees",)

    settings: Settings
    db: Database
    links: Links
    inviting: Inviting

    @get(
        summary="List the invitees of an interview, newest first",
        responses=_READ | problems(InterviewNotFound, InvalidRequest),
    )
    async def list_invitees(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: CursorText = None,
    ) -> Response[list[Invitee]]:
        async with self.db.connection() as conn:
            page = await service.list_invitees(
                conn, request.user, workspace_id, interview_id, page_request(limit, cursor)
            )
        address = f"{self.settings.public_url}/workspaces/{workspace_id}/interviews/{interview_id}/invitees"
        return Response(page.rows, headers=next_link(address, page, limit))

    @post(
        summary="Invite somebody: the mail with the personal link goes out",
        responses=_WRITE | problems(InterviewNotFound, InviteeAlreadyInvited),
    )
    async def create_invitee(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        data: JSONBody[CreateInvitee],
    ) -> Invitee:
        return await self.inviting.invite(request.user, workspace_id, interview_id, data)

    @get(
        "/{invitee_id:str}",
        summary="Get an invitee with the personal link",
        responses=_READ | problems(InviteeNotFound),
    )
    async def get_invitee(
        self, request: HostRequest, workspace_id: FromPath[str], interview_id: FromPath[str], invitee_id: FromPath[str]
    ) -> Invitee:
        async with self.db.connection() as conn:
            return await service.get_invitee(conn, request.user, self.links, workspace_id, interview_id, invitee_id)

    @patch(
        "/{invitee_id:str}",
        summary="Change the name, or move the status forward",
        responses=_WRITE | problems(InviteeNotFound, StatusMovesForward),
    )
    async def update_invitee(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        invitee_id: FromPath[str],
        data: JSONBody[UpdateInvitee],
    ) -> Invitee:
        async with self.db.transaction() as conn:
            return await service.update_invitee(
                conn, request.user, self.links, workspace_id, interview_id, invitee_id, data
            )

    @delete(
        "/{invitee_id:str}",
        summary="Revoke the personal link: it stops to work at once",
        description="The invitee stays in the list with `revokedAt`. A new invitation makes a new link.",
        responses=_READ | problems(ForeignRequest, NotAllowed, InviteeNotFound),
    )
    async def revoke_invitee(
        self, request: HostRequest, workspace_id: FromPath[str], interview_id: FromPath[str], invitee_id: FromPath[str]
    ) -> None:
        async with self.db.transaction() as conn:
            await service.revoke_invitee(conn, request.user, workspace_id, interview_id, invitee_id)

    @post(
        "/{invitee_id:str}/invitations",
        summary="Send the invitation again",
        responses=_READ | problems(ForeignRequest, NotAllowed, InviteeNotFound, InterviewAlreadyHeld),
    )
    async def create_invitation(
        self, request: HostRequest, workspace_id: FromPath[str], interview_id: FromPath[str], invitee_id: FromPath[str]
    ) -> Invitation:
        async with self.db.transaction() as conn:
            return await service.invite_again(conn, request.user, self.links, workspace_id, interview_id, invitee_id)
