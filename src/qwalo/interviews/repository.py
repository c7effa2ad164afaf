"""Every SQL statement of interviews. A row is reached only through a workspace of the viewer."""

from collections.abc import Sequence
from typing import Any

import msgspec

from qwalo.interviews.models import Interview, InterviewSummary, Mode
from qwalo.invitees.models import Invitee
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.platform.ids import cuid

# The invitees come as one JSON text a row: a second query or a wide join costs more on both sides.
_COLUMNS = """
    i."id", i."workspaceId", i."title", i."mode"::text, iso8601(i."createdAt"), iso8601(i."updatedAt"),
    (
        SELECT json_agg(invitee)::text FROM (
            SELECT "id", "interviewId", "email", "status", iso8601("createdAt") AS "createdAt",
                iso8601("updatedAt") AS "updatedAt", "name", iso8601("sentAt") AS "sentAt",
                iso8601("acceptedAt") AS "acceptedAt", iso8601("completedAt") AS "completedAt",
                iso8601("linkExpiresAt") AS "linkExpiresAt", iso8601("revokedAt") AS "revokedAt",
                iso8601("bouncedAt") AS "bouncedAt", "deliveryProblem"
            FROM "InterviewInvitee" v WHERE v."interviewId" = i."id"
            ORDER BY v."createdAt" DESC, v."id" DESC
        ) invitee
    )
"""
_decode_invitees = msgspec.json.Decoder(list[Invitee]).decode


async def list_interviews(
    conn: Connection, viewer_id: str, workspace_id: str, page: PageRequest
) -> list[Interview] | None:
    """One more than the page holds, where there are more. None when the viewer has no such workspace."""
    cursor = await conn.execute(
        f"""
        SELECT page.* FROM "Workspace" w
        LEFT JOIN LATERAL (
            SELECT {_COLUMNS} FROM "Interview" i
            WHERE i."workspaceId" = w."id" AND (i."createdAt", i."id") < (%s::timestamp, %s)
            ORDER BY i."createdAt" DESC, i."id" DESC LIMIT %s
        ) page ON true
        WHERE w."id" = %s AND w."ownerId" = %s
        """,
        (page.created_at, page.id, page.limit + 1, workspace_id, viewer_id),
    )
    rows = await cursor.fetchall()
    if not rows:
        return None
    # An empty workspace is one row of NULLs.
    return [_interview(row) for row in rows if row[0] is not None]


async def find_interview(conn: Connection, viewer_id: str, workspace_id: str, interview_id: str) -> Interview | None:
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM "Interview" i JOIN "Workspace" w ON w."id" = i."workspaceId"
        WHERE i."id" = %s AND w."id" = %s AND w."ownerId" = %s
        """,
        (interview_id, workspace_id, viewer_id),
    )
    row = await cursor.fetchone()
    return _interview(row) if row else None


async def insert_interview(
    conn: Connection, viewer_id: str, workspace_id: str, title: str, mode: Mode
) -> Interview | None:
    """None when the viewer has no such workspace."""
    cursor = await conn.execute(
        f"""
        INSERT INTO "Interview" AS i ("id", "workspaceId", "title", "mode", "createdAt")
        SELECT %s, "id", %s, %s::"InterviewMode", utc_now() FROM "Workspace"
        WHERE "id" = %s AND "ownerId" = %s FOR KEY SHARE
        RETURNING {_COLUMNS}
        """,
        (cuid(), title, mode, workspace_id, viewer_id),
    )
    row = await cursor.fetchone()
    return _interview(row) if row else None


async def update_interview(
    conn: Connection,
    viewer_id: str,
    workspace_id: str,
    interview_id: str,
    title: str | None,
    mode: Mode | None,
) -> Interview | None:
    """What is None stays as it is."""
    cursor = await conn.execute(
        f"""
        UPDATE "Interview" i
        SET "title" = COALESCE(%s, i."title"), "mode" = COALESCE(%s::"InterviewMode", i."mode")
        FROM "Workspace" w
        WHERE i."id" = %s AND w."id" = i."workspaceId" AND w."id" = %s AND w."ownerId" = %s
        RETURNING {_COLUMNS}
        """,
        (title, mode, interview_id, workspace_id, viewer_id),
    )
    row = await cursor.fetchone()
    return _interview(row) if row else None


async def delete_interview(conn: Connection, viewer_id: str, workspace_id: str, interview_id: str) -> bool:
    """Whether there was one. Its invitees go with it."""
    cursor = await conn.execute(
        """
        DELETE FROM "Interview" i USING "Workspace" w
        WHERE i."id" = %s AND w."id" = i."workspaceId" AND w."id" = %s AND w."ownerId" = %s
        """,
        (interview_id, workspace_id, viewer_id),
    )
    return cursor.rowcount == 1


async def list_summaries(
    conn: Connection, viewer_id: str, workspace_id: str, page: PageRequest
) -> list[InterviewSummary]:
    """One more than the page holds, where there are more; none where the viewer has no such workspace."""
    cursor = await conn.execute(
        """
        SELECT i."id", i."title", i."mode"::text, iso8601(i."createdAt"), n.pending, n.accepted, n.completed
        FROM "Interview" i JOIN "Workspace" w ON w."id" = i."workspaceId"
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE "status" = 'pending') AS pending,
                count(*) FILTER (WHERE "status" = 'accepted') AS accepted,
                count(*) FILTER (WHERE "status" = 'completed') AS completed
            FROM "InterviewInvitee" WHERE "interviewId" = i."id"
        ) n
        WHERE w."id" = %s AND w."ownerId" = %s AND (i."createdAt", i."id") < (%s::timestamp, %s)
        ORDER BY i."createdAt" DESC, i."id" DESC LIMIT %s
        """,
        (workspace_id, viewer_id, page.created_at, page.id, page.limit + 1),
    )
    return [InterviewSummary(*row) for row in await cursor.fetchall()]


def _interview(row: Sequence[Any]) -> Interview:
    values = (*row[:-1], _decode_invitees(row[-1]) if row[-1] else [])
    return Interview(*values)
