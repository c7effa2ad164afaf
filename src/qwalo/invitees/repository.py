"""Every SQL statement of the host's side of invitees. A row is reached only through a workspace of the viewer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from qwalo.invitees.models import Heading, Invitee, Status
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.platform.ids import cuid
from qwalo.workspaces.roles import Role

COLUMNS = """
    v."id", v."interviewId", v."email", v."status"::text, iso8601(v."createdAt"), iso8601(v."updatedAt"),
    v."name", iso8601(v."sentAt"), iso8601(v."acceptedAt"), iso8601(v."completedAt"),
    iso8601(v."linkExpiresAt"), iso8601(v."revokedAt"), iso8601(v."bouncedAt"), v."deliveryProblem"
"""


# What an event says of the invitee v: as the API shows them, without the link.
_SHOWN = """
    'id', v."id", 'interviewId', v."interviewId", 'email', v."email", 'status', v."status",
    'createdAt', iso8601(v."createdAt"), 'updatedAt', iso8601(v."updatedAt"), 'name', v."name",
    'sentAt', iso8601(v."sentAt"), 'acceptedAt', iso8601(v."acceptedAt"), 'completedAt', iso8601(v."completedAt"),
    'linkExpiresAt', iso8601(v."linkExpiresAt"), 'revokedAt', iso8601(v."revokedAt"),
    'bouncedAt', iso8601(v."bouncedAt"), 'deliveryProblem', v."deliveryProblem"
"""


def event_data(workspace_id: str) -> str:
    """The SQL expression of an event's data; `workspace_id` is one too."""
    return f"""jsonb_build_object(
        'workspaceId', {workspace_id}, 'invitee', jsonb_strip_nulls(jsonb_build_object({_SHOWN}))
    )"""


class Linked(NamedTuple):
    """An invitee with what tells whether the link can be derived again, and the role of whoever asks."""

    invitee: Invitee
    link_version: int
    token_hash: str | None
    role: Role


# Parameters: invitee id, interview id, workspace id, viewer id.
_OF_VIEWER = """
    FROM "InterviewInvitee" v
    JOIN "Interview" i ON i."id" = v."interviewId"
    JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
    WHERE v."id" = $1 AND i."id" = $2 AND i."workspaceId" = $3 AND m."userId" = $4
"""


async def list_invitees(
    conn: Connection, viewer_id: str, workspace_id: str, interview_id: str, page: PageRequest
) -> list[Linked] | None:
    """One more than the page holds, where there are more. None when the viewer has no such interview."""
    rows = await conn.fetch(
        f"""
        SELECT page.*, m."role"::text FROM "Interview" i
        JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
        LEFT JOIN LATERAL (
            SELECT {COLUMNS}, v."linkVersion", v."tokenHash" FROM "InterviewInvitee" v
            WHERE v."interviewId" = i."id" AND (v."createdAt", v."id") < ($1::text::timestamp, $2)
            ORDER BY v."createdAt" DESC, v."id" DESC LIMIT $3
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
    # An interview without invitees is one row of NULLs.
    return [_linked(row) for row in rows if row[0] is not None]


async def find_heading(conn: Connection, viewer_id: str, workspace_id: str, interview_id: str) -> Heading | None:
    row = await conn.fetchrow(
        """
        SELECT w."id", w."name", w."organizationName", m."role"::text, i."id", i."title", i."mode"::text,
            count(*) FILTER (WHERE v."status" = 'pending'),
            count(*) FILTER (WHERE v."status" = 'accepted'),
            count(*) FILTER (WHERE v."status" = 'completed')
        FROM "Interview" i JOIN "Workspace" w ON w."id" = i."workspaceId"
        JOIN "WorkspaceMember" m ON m."workspaceId" = w."id"
        LEFT JOIN "InterviewInvitee" v ON v."interviewId" = i."id"
        WHERE i."id" = $1 AND w."id" = $2 AND m."userId" = $3
        GROUP BY w."id", m."id", i."id"
        """,
        interview_id,
        workspace_id,
        viewer_id,
    )
    return Heading(*row) if row else None


async def find_invitee(
    conn: Connection, viewer_id: str, workspace_id: str, interview_id: str, invitee_id: str
) -> Linked | None:
    row = await conn.fetchrow(
        f'SELECT {COLUMNS}, v."linkVersion", v."tokenHash", m."role"::text {_OF_VIEWER}',
        invitee_id,
        interview_id,
        workspace_id,
        viewer_id,
    )
    return _linked(row) if row else None


async def lock_invitee(
    conn: Connection, viewer_id: str, workspace_id: str, interview_id: str, invitee_id: str
) -> tuple[Status, bool, int] | None:
    """(status, whether the link is revoked, its version), and nobody else changes the row until the commit."""
    row = await conn.fetchrow(
        f'SELECT v."status"::text, v."revokedAt" IS NOT NULL, v."linkVersion" {_OF_VIEWER} FOR UPDATE OF v',
        invitee_id,
        interview_id,
        workspace_id,
        viewer_id,
    )
    return (row[0], row[1], row[2]) if row else None


async def unscoped_renew_link(
    conn: Connection, invitee_id: str, token_hash: str, link_version: int, link_expires_at: datetime
) -> None:
    """The link works (again) until then, and what went wrong with earlier mails is forgotten."""
    await conn.execute(
        """
        UPDATE "InterviewInvitee"
        SET "tokenHash" = $1, "linkVersion" = $2, "linkExpiresAt" = $3,
            "revokedAt" = NULL, "bouncedAt" = NULL, "deliveryProblem" = NULL
        WHERE "id" = $4
        """,
        token_hash,
        link_version,
        link_expires_at,
        invitee_id,
    )


async def unscoped_insert_invitation(conn: Connection, invitee_id: str, link_version: int) -> tuple[str, str]:
    """(id, time of creation) of a new invitation."""
    row = await conn.fetchrow(
        """
        INSERT INTO "Invitation" ("id", "inviteeId", "linkVersion", "createdAt") VALUES ($1, $2, $3, utc_now())
        RETURNING "id", iso8601("createdAt")
        """,
        cuid(),
        invitee_id,
        link_version,
    )
    assert row is not None
    return row[0], row[1]


async def unscoped_set_status(conn: Connection, invitee_id: str, status: Status) -> None:
    """The time at which a status was first reached stays. Completing implies having accepted."""
    await conn.execute(
        """
        UPDATE "InterviewInvitee" SET "status" = $1::"InviteeStatus",
            "acceptedAt" = CASE WHEN $1 IN ('accepted', 'completed')
                THEN COALESCE("acceptedAt", utc_now()) ELSE "acceptedAt" END,
            "completedAt" = CASE WHEN $1 = 'completed'
                THEN COALESCE("completedAt", utc_now()) ELSE "completedAt" END
        WHERE "id" = $2
        """,
        status,
        invitee_id,
    )


async def unscoped_set_name(conn: Connection, invitee_id: str, name: str | None) -> None:
    await conn.execute('UPDATE "InterviewInvitee" SET "name" = $1 WHERE "id" = $2', name, invitee_id)


async def unscoped_set_host(conn: Connection, invitee_id: str, user_id: str) -> None:
    """The person who invites (again) is the host from now on."""
    await conn.execute('UPDATE "InterviewInvitee" SET "hostId" = $1 WHERE "id" = $2', user_id, invitee_id)


async def unscoped_find_for_event(conn: Connection, invitee_id: str) -> tuple[str, Invitee] | None:
    """(workspace id, invitee without the link)."""
    row = await conn.fetchrow(
        f"""
        SELECT i."workspaceId", {COLUMNS} FROM "InterviewInvitee" v JOIN "Interview" i ON i."id" = v."interviewId"
        WHERE v."id" = $1
        """,
        invitee_id,
    )
    return (row[0], Invitee(*row[1:])) if row else None


async def unscoped_revoke(conn: Connection, invitee_id: str) -> None:
    await conn.execute(
        'UPDATE "InterviewInvitee" SET "revokedAt" = COALESCE("revokedAt", utc_now()) WHERE "id" = $1', invitee_id
    )


def _linked(row: Sequence[Any]) -> Linked:
    *columns, link_version, token_hash, role = row
    return Linked(Invitee(*columns), link_version, token_hash, role)
