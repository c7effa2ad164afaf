"""The host's use cases of calls that are or were held."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from qwalo.calls import records
from qwalo.calls.errors import CallNotFound
from qwalo.calls.models import CallHistory, CallRecord, HeldCall
from qwalo.identity.models import Viewer
from qwalo.invitees.models import CallFacts
from qwalo.platform.clock import now
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.workspaces.errors import InterviewNotFound

# A browser measures every ten seconds; of a long call, several measurements make one point of its chart.
MEASURED_EVERY = 10
MOST_SLOTS = 90


async def list_calls(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, page: PageRequest
) -> Page[CallRecord]:
    """Raises InterviewNotFound."""
    held = _existing(await records.list_calls(conn, viewer.id, workspace_id, interview_id, page))
    return page_of([one.call for one in held], page)


async def list_held(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, page: PageRequest
) -> Page[HeldCall]:
    """The same with whom they were held. Raises InterviewNotFound."""
    return page_of(_existing(await records.list_calls(conn, viewer.id, workspace_id, interview_id, page)), page)


async def get_call(conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, call_id: str) -> CallRecord:
    """Raises CallNotFound."""
    return _found(await records.find_call(conn, viewer.id, workspace_id, interview_id, call_id)).call


async def get_history(
    conn: Connection, viewer: Viewer, workspace_id: str, interview_id: str, call_id: str
) -> CallHistory:
    """With its chat and its quality. Raises CallNotFound."""
    held = _found(await records.find_call(conn, viewer.id, workspace_id, interview_id, call_id))
    ended = datetime.fromisoformat(held.call.endedAt) if held.call.endedAt else now()
    length = (ended - datetime.fromisoformat(held.call.startedAt)).total_seconds()
    slot_seconds = slot_of(length)
    return CallHistory(
        held=held,
        messages=await records.list_messages(conn, viewer.id, call_id),
        length_seconds=length,
        slot_seconds=slot_seconds,
        measurements=await records.list_measurements(conn, viewer.id, call_id, slot_seconds),
    )


async def calls_of_interview(
    conn: Connection, viewer: Viewer, interview_id: str, invitee_ids: Sequence[str]
) -> Mapping[str, CallFacts]:
    """For the page of the interview, which shows beside each invitee who waits, who talks, and who has talked."""
    if not invitee_ids:
        return {}
    return await records.find_facts(conn, viewer.id, interview_id, invitee_ids)


def slot_of(length_seconds: float) -> int:
    """How many seconds of a call make one point of its chart: a multiple of the time between two measurements."""
    return MEASURED_EVERY * max(1, -int(-length_seconds // (MEASURED_EVERY * MOST_SLOTS)))


def _existing(calls: list[HeldCall] | None) -> list[HeldCall]:
    if calls is None:
        raise InterviewNotFound
    return calls


def _found(held: HeldCall | None) -> HeldCall:
    if held is None:
        raise CallNotFound
    return held
