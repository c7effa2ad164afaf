"""Every SQL statement about the mails of invitations: jobs have no viewer, so all of them are unscoped."""

from qwalo.invitees.models import Letter
from qwalo.platform.db.pool import Connection


async def unscoped_find(conn: Connection, invitation_id: str) -> Letter | None:
    """What to write, and whether it still has to be sent. None when the invitee is gone."""
    row = await conn.fetchrow(
        """
        SELECT m."id", v."id", m."linkVersion", v."tokenHash", v."email", v."name", i."title", i."mode"::text,
            w."organizationName", u."id", u."name", u."email", v."linkExpiresAt",
            m."sentAt" IS NOT NULL OR m."failedAt" IS NOT NULL OR v."revokedAt" IS NOT NULL
                OR v."status" = 'completed' OR m."linkVersion" <> v."linkVersion"
        FROM "Invitation" m
        JOIN "InterviewInvitee" v ON v."id" = m."inviteeId"
        JOIN "Interview" i ON i."id" = v."interviewId"
        JOIN "Workspace" w ON w."id" = i."workspaceId"
        JOIN "User" u ON u."id" = w."ownerId"
        WHERE m."id" = $1
        """,
        invitation_id,
    )
    return Letter(*row) if row else None


async def unscoped_note_sent(conn: Connection, invitation_id: str) -> None:
    await conn.execute(
        """
        WITH sent AS (
            UPDATE "Invitation" SET "sentAt" = utc_now() WHERE "id" = $1 RETURNING "inviteeId"
        )
        UPDATE "InterviewInvitee" SET "sentAt" = utc_now(), "bouncedAt" = NULL, "deliveryProblem" = NULL
        WHERE "id" = (SELECT "inviteeId" FROM sent)
        """,
        invitation_id,
    )


async def unscoped_note_delayed(conn: Connection, invitation_id: str, problem: str) -> None:
    """The mail will be tried again; the host sees why it has not gone out yet."""
    await conn.execute(
        """
        UPDATE "InterviewInvitee" SET "deliveryProblem" = $1
        WHERE "id" = (SELECT "inviteeId" FROM "Invitation" WHERE "id" = $2)
        """,
        problem,
        invitation_id,
    )


async def unscoped_note_bounced(conn: Connection, invitation_id: str, problem: str) -> None:
    """The mail will not be tried again by itself."""
    await conn.execute(
        """
        WITH failed AS (
            UPDATE "Invitation" SET "failedAt" = utc_now() WHERE "id" = $1 RETURNING "inviteeId"
        )
        UPDATE "InterviewInvitee" SET "bouncedAt" = utc_now(), "deliveryProblem" = $2
        WHERE "id" = (SELECT "inviteeId" FROM failed)
        """,
        invitation_id,
        problem,
    )
