"""Use cases of interviews."""

from typing import Any

from msgspec import UNSET

from qwalo.events.models import Event, EventType, actor_of, changes_between
from qwalo.events.recording import record
from qwalo.identity.models import Viewer
from qwalo.interviews import repository
from qwalo.interviews.models import Interview, InterviewSummary
from qwalo.interviews.schemas import CreateInterview, UpdateInterview
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.workspaces.access import allow
from qwalo.workspaces.errors import InterviewNotFound, WorkspaceNotFound
from qwalo.workspaces.roles import Action


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
    """Raises WorkspaceNotFound, NotAllowed."""
    await allow(conn, viewer, workspace_id, Action.HOLD)
    interview = await repository.insert_interview(conn, viewer.id, workspace_id, data.title, data.mode)
    if interview is None:
        raise WorkspaceNotFound
    await _record(conn, viewer, "interview.created", interview)
    return interview


async def update_interview(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, data: UpdateInterview
) -> Interview:
    """Raises InterviewNotFound, NotAllowed."""
    await allow(conn, viewer, workspace_id, Action.HOLD, missing=InterviewNotFound)
    before = await _locked(conn, viewer, workspace_id, interview_id)
    title = None if data.title is UNSET else data.title
    mode = None if data.mode is UNSET else data.mode
    after = _found(await repository.update_interview(conn, viewer.id, workspace_id, interview_id, title, mode))
    changes = changes_between(before, after, ("title", "mode"))
    if changes:
        await _record(conn, viewer, "interview.updated", after, changes=changes)
    return after


async def delete_interview(conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str) -> None:
    """Raises InterviewNotFound, NotAllowed."""
    await allow(conn, viewer, workspace_id, Action.HOLD, missing=InterviewNotFound)
    interview = await _locked(conn, viewer, workspace_id, interview_id, goes=True)
    if not await repository.delete_interview(conn, viewer.id, workspace_id, interview_id):
        raise InterviewNotFound
    await _record(conn, viewer, "interview.deleted", interview)


async def _locked(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, *, goes: bool = False
) -> Interview:
    """As it is until the commit, unless this transaction changes it. Raises InterviewNotFound."""
    return _found(await repository.lock_interview(conn, viewer.id, workspace_id, interview_id, goes=goes))


async def _record(
    conn: Connection, viewer: Viewer, event: EventType, interview: Interview, **more: dict[str, Any]
) -> None:
    fields = ("id", "workspaceId", "title", "mode", "createdAt", "updatedAt")
    facts = {name: getattr(interview, name) for name in fields}
    await record(
        conn,
        actor_of(viewer),
        Event(event, interview.workspaceId, interview.id, interview.title, {"interview": facts, **more}),
    )


def _found(interview: Interview | None) -> Interview:
    if interview is None:
        raise InterviewNotFound
    return interview
