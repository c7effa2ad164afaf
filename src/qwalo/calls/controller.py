"""The JSON API of calls that are or were held."""

from litestar import Controller, Response, get

from qwalo.calls import history
from qwalo.calls.errors import CallNotFound
from qwalo.calls.models import CallRecord
from qwalo.identity.authentication import HostRequest
from qwalo.identity.errors import NotSignedIn
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, problems
from qwalo.platform.http.injection import FromPath
from qwalo.platform.http.paging import DEFAULT_LIMIT, CursorText, Limit, next_link, page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.settings import Settings
from qwalo.workspaces.errors import InterviewNotFound

_READ = problems(NotSignedIn, *READ)


class CallController(Controller):
    path = "/workspaces/{workspace_id:str}/interviews/{interview_id:str}/calls"
    tags = ("Calls",)

    settings: Settings
    db: Database

    @get(
        summary="List the calls of an interview with who took part, newest first",
        responses=_READ | problems(InterviewNotFound, InvalidRequest),
    )
    async def list_calls(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        interview_id: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: CursorText = None,
    ) -> Response[list[CallRecord]]:
        async with self.db.connection() as conn:
            page = await history.list_calls(conn, request.user, workspace_id, interview_id, page_request(limit, cursor))
        address = f"{self.settings.public_url}/workspaces/{workspace_id}/interviews/{interview_id}/calls"
        return Response(page.rows, headers=next_link(address, page, limit))

    @get("/{call_id:str}", summary="Get a call with who took part", responses=_READ | problems(CallNotFound))
    async def get_call(
        self, request: HostRequest, workspace_id: FromPath[str], interview_id: FromPath[str], call_id: FromPath[str]
    ) -> CallRecord:
        async with self.db.connection() as conn:
            return await history.get_call(conn, request.user, workspace_id, interview_id, call_id)
