"""Every SQL statement of calls that are or were held. A row is reached only through a workspace of the viewer."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from qwalo.calls.models import INVITEE, CallRecord, ChatMessage, HeldCall, Measurement, Participant
from qwalo.invitees.models import CallFacts
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest

# The participants come as one JSON text a row, so that a list is one query.
_COLUMNS = """
    c."id", c."interviewId", c."inviteeId", c."roomId", c."provider"::text, iso8601(c."startedAt"),
    (
        SELECT json_agg(participant)::text FROM (
            SELECT "id", "role", "name", iso8601("joinedAt") AS "joinedAt", iso8601("leftAt") AS "leftAt", "userId"
            FROM "CallParticipant" p WHERE p."callId" = c."id"
            ORDER BY p."role", p."joinedAt", p."id"
        ) participant
    ),
    iso8601(c."endedAt"), c."endReason"::text, floor(extract(epoch FROM c."endedAt" - c."startedAt"))::int,
    v."email", v."name"
"""
_decode_participants = msgspec.json.Decoder(list[Participant]).decode


async def list_calls(
    conn: Connection, viewer_id: str, workspace_id: str, interview_id: str, page: PageRequest
) -> list[HeldCall] | None:
    """One more than the page holds, where there are more. None when the viewer has no such interview."""
    rows = await conn.fetch(
        f"""
        SELECT page.* FROM "Interview" i JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
        LEFT JOIN LATERAL (
            SELECT {_COLUMNS} FROM "CallRecord" c JOIN "InterviewInvitee" v ON v."id" = c."inviteeId"
            WHERE c."interviewId" = i."id" AND (c."startedAt", c."id") < ($1::text::timestamp, $2)
            ORDER BY c."startedAt" DESC, c."id" DESC LIMIT $3
        ) page ON true
        WHERE i."id" = $4 AND i."workspaceId" = $5 AND m."userId" = $6
        """,
        page.created_at,
        page.id,
        page.limit + 1,
        interview_id,
        workspace_id,
        viewer_id,
    )
    if not rows:
        return None
    # An interview without calls is one row of NULLs.
    return [_call(row) for row in rows if row[0] is not None]


async def find_call(
    conn: Connection, viewer_id: str, workspace_id: str, interview_id: str, call_id: str
) -> HeldCall | None:
    row = await conn.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM "CallRecord" c
        JOIN "InterviewInvitee" v ON v."id" = c."inviteeId"
        JOIN "Interview" i ON i."id" = c."interviewId"
        JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
        WHERE c."id" = $1 AND i."id" = $2 AND i."workspaceId" = $3 AND m."userId" = $4
        """,
        call_id,
        interview_id,
        workspace_id,
        viewer_id,
    )
    return _call(row) if row else None


async def unscoped_find_call(conn: Connection, call_id: str) -> tuple[str, HeldCall] | None:
    """(workspace id, call), for what is recorded of it."""
    row = await conn.fetchrow(
        f"""
        SELECT i."workspaceId", {_COLUMNS} FROM "CallRecord" c
        JOIN "InterviewInvitee" v ON v."id" = c."inviteeId"
        JOIN "Interview" i ON i."id" = c."interviewId"
        WHERE c."id" = $1
        """,
        call_id,
    )
    return (row[0], _call(row[1:])) if row else None


# Parameters: call id, viewer id.
_OF_VIEWER = """
    JOIN "Interview" i ON i."id" = c."interviewId"
    JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
    WHERE c."id" = $1 AND m."userId" = $2
"""


async def list_messages(conn: Connection, viewer_id: str, call_id: str) -> list[ChatMessage]:
    """In the order in which they were written: the room's, from the call's start to its end."""
    rows = await conn.fetch(
        f"""
        SELECT t."role"::text, t."name", t."text", iso8601(t."createdAt") FROM "CallRecord" c
        JOIN "CallMessage" t ON t."roomId" = c."roomId" AND t."createdAt" >= c."startedAt"
            AND t."createdAt" <= COALESCE(c."endedAt", 'infinity')
        {_OF_VIEWER}
        ORDER BY t."position"
        """,
        call_id,
        viewer_id,
    )
    return [ChatMessage(*row) for row in rows]


async def list_measurements(conn: Connection, viewer_id: str, call_id: str, slot_seconds: int) -> list[Measurement]:
    """By participant and slot; nothing where nothing was measured. A slot's round trip and loss are their means."""
    rows = await conn.fetch(
        f"""
        SELECT p."id", slot, avg(q."roundTripMs")::float8, avg(q."lossPercent"), sum(q."frozenSeconds")
        FROM "CallRecord" c
        JOIN "CallParticipant" p ON p."callId" = c."id"
        JOIN "CallQuality" q ON q."participantId" = p."id"
        CROSS JOIN LATERAL (
            SELECT greatest(0, floor(extract(epoch FROM q."at" - c."startedAt") / $3))::int AS slot
        ) place
        {_OF_VIEWER}
        GROUP BY p."id", slot ORDER BY p."id", slot
        """,
        call_id,
        viewer_id,
        slot_seconds,
    )
    return [Measurement(*row) for row in rows]


async def find_facts(
    conn: Connection, viewer_id: str, interview_id: str, invitee_ids: Sequence[str]
) -> Mapping[str, CallFacts]:
    """What calls know of these invitees, as far as they are of this interview, and it is the viewer's."""
    rows = await conn.fetch(
        """
        SELECT v."id", iso8601(COALESCE(s."enteredAt", s."createdAt")),
            c."id", iso8601(c."startedAt"), iso8601(c."endedAt"),
            floor(extract(epoch FROM c."endedAt" - c."startedAt"))::int,
            r."declinedAt" IS NOT NULL AND v."status" <> 'completed'
        FROM "InterviewInvitee" v
        JOIN "Interview" i ON i."id" = v."interviewId"
        JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
        LEFT JOIN "CallRoom" r ON r."inviteeId" = v."id"
        LEFT JOIN "CallSeat" s ON s."roomId" = r."id" AND s."holder" = $4 AND s."connectionId" IS NOT NULL
            AND r."admittedAt" IS NULL AND r."declinedAt" IS NULL AND v."status" <> 'completed'
        LEFT JOIN LATERAL (
            SELECT "id", "startedAt", "endedAt" FROM "CallRecord"
            WHERE "inviteeId" = v."id" ORDER BY "startedAt" DESC, "id" DESC LIMIT 1
        ) c ON true
        WHERE v."id" = ANY($1::text[]) AND i."id" = $2 AND m."userId" = $3
        """,
        invitee_ids,
        interview_id,
        viewer_id,
        INVITEE,
    )
    return {row[0]: CallFacts(*row[1:]) for row in rows}


def _call(row: Sequence[Any]) -> HeldCall:
    *values, email, name = row
    values[6] = _decode_participants(values[6]) if values[6] else []
    return HeldCall(CallRecord(*values), email, name)
