"""The JSON API of interviews."""

from litestar import Controller, Response, delete, get, patch, post

from qwalo.identity.authentication import HostRequest
from qwalo.identity.errors import ForeignRequest, NotSignedIn
from qwalo.interviews import service
from qwalo.interviews.models import Interview
from qwalo.interviews.schemas import CreateInterview, UpdateInterview
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, WRITE, problems
from qwalo.platform.http.injection import FromPath, JSONBody
from qwalo.platform.http.paging import DEFAULT_LIMIT, CursorText, Limit, next_link, page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.settings import Settings
from qwalo.workspaces.errors import InterviewNotFound, NotAllowed, WorkspaceNotFound

_READ = problems(NotSignedIn, *READ)
_WRITE = problems(NotSignedIn, ForeignRequest, NotAllowed, *WRITE)


class InterviewController(Controller):
    path = "/workspaces/{workspace_id:str}/interviews"
    tags = ("Interviews",)

    settings: Settings
    db: Database

    @get(
        summary="List the interviews of a workspace with their invitees, newest first",
        responses=_READ | problems(WorkspaceNotFound, InvalidRequest),
    )
    async def list_interviews(
        self, request: HostRequest, workspace_id: FromPath[str], limit: Limit = DEFAULT_LIMIT, cursor: CursorText = None
    ) -> Response[list[Interview]]:
        async with self.db.connection() as conn:
            page = await service.list_interviews(conn, request.user, workspace_id, page_request(limit, cursor))
        address = f"{self.settings.public_url}/workspaces/{workspace_id}/interviews"
        return Response(page.rows, headers=next_link(address, page, limit))

    @post(summary="Create an interview", responses=_WRITE | problems(WorkspaceNotFound))
    async def create_interview(
        self, request: HostRequest, workspace_id: FromPath[str], data: JSONBody[CreateInterview]
    ) -> Interview:
        async with self.db.transaction() as conn:
            return await service.create_interview(conn, request.user, workspace_id, data)

    @get(
        "/{interview_id:str}",
        summary="Get an interview with its invitees",
        responses=_READ | problems(InterviewNotFound),
    )
    async def get_interview(
        self, request: HostRequest, workspace_id: FromPath[str], interview_id: FromPath[str]
    ) -> Interview:
        async with self.db.connection() as conn:
            return await service.get_interview(conn, request.user, workspace_id, interview_id)

    @patch(
        "/{interview_id:str}",
        summary="Change the title or the mode of an interview",
        responses=_WRITE | problems(InterviewNotFound),
    )
    async def update_interview(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        data: JSONBody[UpdateInterview],
    ) -> Interview:
        async with self.db.transaction() as conn:
            return await service.update_interview(conn, request.user, workspace_id, interview_id, data)

    @delete(
        "/{interview_id:str}",
        summary="Delete an interview with its invitees",
        responses=_READ | problems(ForeignRequest, NotAllowed, InterviewNotFound),
    )
    async def delete_interview(
        self, request: HostRequest, workspace_id: FromPath[str], interview_id: FromPath[str]
    ) -> None:
        async with self.db.transaction() as conn:
            await service.delete_interview(conn, request.user, workspace_id, interview_id)
