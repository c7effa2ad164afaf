"""Every SQL statement of the invitee's side: the credential is the link, so all of them are unscoped."""

from qwalo.invitees.models import Status, Welcome
from qwalo.platform.db.pool import Connection

_WELCOME = """
    SELECT v."id", v."linkVersion", v."status"::text, v."name", v."email", i."title", i."mode"::text,
        w."organizationName", u."name"
    FROM "InterviewInvitee" v
    JOIN "Interview" i ON i."id" = v."interviewId"
    JOIN "Workspace" w ON w."id" = i."workspaceId"
    -- The host is who invited, as long as they hold interviews in the workspace.
    LEFT JOIN "WorkspaceMember" hm ON hm."workspaceId" = w."id" AND hm."userId" = v."hostId"
        AND hm."role" <> 'observer'
    JOIN "User" u ON u."id" = COALESCE(hm."userId", w."ownerId")
"""
_WORKS = 'v."revokedAt" IS NULL AND v."linkExpiresAt" > utc_now()'


async def unscoped_find_by_token(conn: Connection, token_hash: str) -> Welcome | None:
    row = await conn.fetchrow(f'{_WELCOME} WHERE v."tokenHash" = $1 AND {_WORKS}', token_hash)
    return Welcome(*row) if row else None


async def unscoped_find(conn: Connection, invitee_id: str, link_version: int) -> Welcome | None:
    row = await conn.fetchrow(
        f'{_WELCOME} WHERE v."id" = $1 AND v."linkVersion" = $2 AND {_WORKS}', invitee_id, link_version
    )
    return Welcome(*row) if row else None


async def unscoped_lock(conn: Connection, invitee_id: str, link_version: int) -> Status | None:
    """The status, which nobody else changes until the commit; None when the link does not work (any more)."""
    row = await conn.fetchrow(
        f"""
        SELECT v."status"::text FROM "InterviewInvitee" v
        JOIN "Interview" i ON i."id" = v."interviewId"
        JOIN "Workspace" w ON w."id" = i."workspaceId"
        WHERE v."id" = $1 AND v."linkVersion" = $2 AND {_WORKS}
        -- In this order, as whoever deletes the workspace takes them.
        FOR KEY SHARE OF w FOR KEY SHARE OF i FOR UPDATE OF v
        """,
        invitee_id,
        link_version,
    )
    return row[0] if row else None
