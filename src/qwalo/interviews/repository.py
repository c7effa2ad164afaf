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
    rows = await conn.fetch(
        f"""
        SELECT page.* FROM "Workspace" w
        JOIN "WorkspaceMember" m ON m."workspaceId" = w."id"
        LEFT JOIN LATERAL (
            SELECT {_COLUMNS} FROM "Interview" i
            WHERE i."workspaceId" = w."id" AND (i."createdAt", i."id") < ($1::text::timestamp, $2)
            ORDER BY i."createdAt" DESC, i."id" DESC LIMIT $3
        ) page ON true
        WHERE w."id" = $4 AND m."userId" = $5
        """,
        page.created_at,
        page.id,
        page.limit + 1,
        workspace_id,
        viewer_id,
    )
    if not rows:
        return None
    # An empty workspace is one row of NULLs.
    return [_interview(row) for row in rows if row[0] is not None]


async def find_interview(conn: Connection, viewer_id: str, workspace_id: str, interview_id: str) -> Interview | None:
    row = await conn.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM "Interview" i JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
        WHERE i."id" = $1 AND i."workspaceId" = $2 AND m."userId" = $3
        """,
        interview_id,
        workspace_id,
        viewer_id,
    )
    return _interview(row) if row else None


async def lock_interview(
    conn: Connection, viewer_id: str, workspace_id: str, interview_id: str, *, goes: bool
) -> Interview | None:
    """As `find_interview`; until the commit nobody else changes it, nor adds anything to it where it goes."""
    row = await conn.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM "Interview" i JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
        WHERE i."id" = $1 AND i."workspaceId" = $2 AND m."userId" = $3
        FOR {"UPDATE" if goes else "NO KEY UPDATE"} OF i
        """,
        interview_id,
        workspace_id,
        viewer_id,
    )
    return _interview(row) if row else None


async def insert_interview(
    conn: Connection, viewer_id: str, workspace_id: str, title: str, mode: Mode
) -> Interview | None:
    """None when the viewer has no such workspace."""
    row = await conn.fetchrow(
        f"""
        INSERT INTO "Interview" AS i ("id", "workspaceId", "title", "mode", "createdAt")
        SELECT $1, m."workspaceId", $2, $3::"InterviewMode", utc_now() FROM "WorkspaceMember" m
        WHERE m."workspaceId" = $4 AND m."userId" = $5
        RETURNING {_COLUMNS}
        """,
        cuid(),
        title,
        mode,
        workspace_id,
        viewer_id,
    )
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
    row = await conn.fetchrow(
        f"""
        UPDATE "Interview" i
        SET "title" = COALESCE($1, i."title"), "mode" = COALESCE($2::"InterviewMode", i."mode")
        FROM "WorkspaceMember" m
        WHERE i."id" = $3 AND m."workspaceId" = i."workspaceId" AND i."workspaceId" = $4 AND m."userId" = $5
        RETURNING {_COLUMNS}
        """,
        title,
        mode,
        interview_id,
        workspace_id,
        viewer_id,
    )
    return _interview(row) if row else None


async def delete_interview(conn: Connection, viewer_id: str, workspace_id: str, interview_id: str) -> bool:
    """Whether there was one. Its invitees go with it."""
    deleted = await conn.execute(
        """
        DELETE FROM "Interview" i USING "WorkspaceMember" m
        WHERE i."id" = $1 AND m."workspaceId" = i."workspaceId" AND i."workspaceId" = $2 AND m."userId" = $3
        """,
        interview_id,
        workspace_id,
        viewer_id,
    )
    return deleted == "DELETE 1"


async def list_summaries(
    conn: Connection, viewer_id: str, workspace_id: str, page: PageRequest
) -> list[InterviewSummary]:
    """One more than the page holds, where there are more; none where the viewer has no such workspace."""
    rows = await conn.fetch(
        """
        SELECT i."id", i."title", i."mode"::text, iso8601(i."createdAt"), n.pending, n.accepted, n.completed
        FROM "Interview" i JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE "status" = 'pending') AS pending,
                count(*) FILTER (WHERE "status" = 'accepted') AS accepted,
                count(*) FILTER (WHERE "status" = 'completed') AS completed
            FROM "InterviewInvitee" WHERE "interviewId" = i."id"
        ) n
        WHERE i."workspaceId" = $1 AND m."userId" = $2 AND (i."createdAt", i."id") < ($3::text::timestamp, $4)
        ORDER BY i."createdAt" DESC, i."id" DESC LIMIT $5
        """,
        workspace_id,
        viewer_id,
        page.created_at,
        page.id,
        page.limit + 1,
    )
    return [InterviewSummary(*row) for row in rows]


def _interview(row: Sequence[Any]) -> Interview:
    values = (*row[:-1], _decode_invitees(row[-1]) if row[-1] else [])
    return Interview(*values)
