"""Use cases of interviews."""

from msgspec import UNSET

from qwalo.identity.models import Viewer
from qwalo.interviews import repository
from qwalo.interviews.models import Interview, InterviewSummary
from qwalo.interviews.schemas import CreateInterview, UpdateInterview
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.workspaces.errors import InterviewNotFound, WorkspaceNotFound


async def list_interviews(conn: Connection, viewer: Viewer, workspace_id: str, page: PageRequest) -> Page[Interview]:
    """Raises WorkspaceNotFound."""
    interviews = await repository.list_interviews(conn, viewer.id, workspace_id, page)
    if interviews is None:
        raise WorkspaceNotFound
    return page_of(interviews, page)


async def summarise_interviews(
    conn: Connection, viewer: Viewer, workspace_id: str, page: PageRequest
) -> Page[InterviewSummary]:
    """No rows where the viewer has no such workspace."""
    return page_of(await repository.list_summaries(conn, viewer.id, workspace_id, page), page)


async def get_interview(conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str) -> Interview:
    """Raises InterviewNotFound."""
    return _found(await repository.find_interview(conn, viewer.id, workspace_id, interview_id))


async def create_interview(conn: Connection, viewer: Viewer, workspace_id: str, data: CreateInterview) -> Interview:
    """Raises WorkspaceNotFound."""
    interview = await repository.insert_interview(conn, viewer.id, workspace_id, data.title, data.mode)
    if interview is None:
        raise WorkspaceNotFound
    return interview


async def update_interview(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, data: UpdateInterview
) -> Interview:
    """Raises InterviewNotFound."""
    title = None if data.title is UNSET else data.title
    mode = None if data.mode is UNSET else data.mode
    return _found(await repository.update_interview(conn, viewer.id, workspace_id, interview_id, title, mode))


async def delete_interview(conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str) -> None:
    """Raises InterviewNotFound."""
    if not await repository.delete_interview(conn, viewer.id, workspace_id, interview_id):
        raise InterviewNotFound


def _found(interview: Interview | None) -> Interview:
    if interview is None:
        raise InterviewNotFound
    return interview
