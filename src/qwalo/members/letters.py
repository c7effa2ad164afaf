"""Every SQL statement about the mails of invitations: jobs have no viewer, so all of them are unscoped."""

from qwalo.members.models import Letter
from qwalo.platform.db.pool import Connection


async def unscoped_find(conn: Connection, member_id: str, link_version: int) -> Letter | None:
    """What to write, and whether it still has to be sent. None when it was accepted or revoked."""
    row = await conn.fetchrow(
        """
        SELECT m."id", m."linkVersion", m."tokenHash", m."email", m."role"::text, w."name", w."organizationName",
            i."name", i."email", COALESCE(account."id", i."id", w."ownerId"), m."linkExpiresAt",
            m."linkVersion" <> $2 OR m."sentAt" IS NOT NULL OR m."linkExpiresAt" <= utc_now()
        FROM "WorkspaceMember" m
        JOIN "Workspace" w ON w."id" = m."workspaceId"
        LEFT JOIN "User" i ON i."id" = m."invitedById"
        LEFT JOIN LATERAL (
            SELECT u."id" FROM "User" u
            WHERE lower(u."email") = lower(m."email") AND u."clerkUserId" NOT LIKE 'key\\_%'
            ORDER BY u."createdAt", u."id" LIMIT 1
        ) account ON true
        WHERE m."id" = $1 AND m."userId" IS NULL
        """,
        member_id,
        link_version,
    )
    return Letter(*row) if row else None


async def unscoped_note_sent(conn: Connection, member_id: str, link_version: int) -> None:
    await conn.execute(
        """
        UPDATE "WorkspaceMember" SET "sentAt" = utc_now(), "deliveryProblem" = NULL
        WHERE "id" = $1 AND "linkVersion" = $2 AND "userId" IS NULL
        """,
        member_id,
        link_version,
    )


async def unscoped_note_problem(conn: Connection, member_id: str, link_version: int, problem: str) -> None:
    """Why the mail has not gone out, or will not; unless a newer one counts, or nobody waits for it any more."""
    await conn.execute(
        """
        UPDATE "WorkspaceMember" SET "deliveryProblem" = $3
        WHERE "id" = $1 AND "linkVersion" = $2 AND "userId" IS NULL
        """,
        member_id,
        link_version,
        problem,
    )
