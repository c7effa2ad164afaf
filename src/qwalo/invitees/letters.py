"""Every SQL statement about the mails of invitations: jobs have no viewer, so all of them are unscoped."""

from qwalo.events.models import WebhookEvent
from qwalo.invitees.models import Letter
from qwalo.invitees.repository import event_data
from qwalo.platform.db.pool import Connection
from qwalo.platform.ids import cuid

# The invitation m is the last one of the invitee v, and of the link that counts.
_NEWEST = """m."linkVersion" = v."linkVersion" AND NOT EXISTS (
    SELECT FROM "Invitation" n
    WHERE n."inviteeId" = v."id" AND (n."createdAt", n."id") > (m."createdAt", m."id")
)"""


async def unscoped_find(conn: Connection, invitation_id: str) -> Letter | None:
    """What to write, and whether it still has to be sent. None when the invitee is gone."""
    row = await conn.fetchrow(
        f"""
        SELECT m."id", v."id", m."linkVersion", v."tokenHash", v."email", v."name", i."title", i."mode"::text,
            w."organizationName", u."id", u."name", u."email", v."linkExpiresAt",
            m."sentAt" IS NOT NULL OR m."failedAt" IS NOT NULL OR v."revokedAt" IS NOT NULL
                OR v."linkExpiresAt" <= utc_now() OR v."status" = 'completed' OR NOT ({_NEWEST})
        FROM "Invitation" m
        JOIN "InterviewInvitee" v ON v."id" = m."inviteeId"
        JOIN "Interview" i ON i."id" = v."interviewId"
        JOIN "Workspace" w ON w."id" = i."workspaceId"
        -- The host is who invited, as long as they hold interviews in the workspace.
        LEFT JOIN "WorkspaceMember" hm ON hm."workspaceId" = w."id" AND hm."userId" = v."hostId"
            AND hm."role" <> 'observer'
        JOIN "User" u ON u."id" = COALESCE(hm."userId", w."ownerId")
        WHERE m."id" = $1
        """,
        invitation_id,
    )
    return Letter(*row) if row else None


async def unscoped_note_sent(conn: Connection, invitation_id: str) -> None:
    changes = '"sentAt" = utc_now(), "bouncedAt" = NULL, "deliveryProblem" = NULL'
    await conn.execute(_noting("sentAt", changes, "invitee.sent"), invitation_id, cuid())


async def unscoped_note_delayed(conn: Connection, invitation_id: str, problem: str) -> None:
    """The mail will be tried again; the host sees why it has not gone out yet."""
    await conn.execute(
        f"""
        UPDATE "InterviewInvitee" v SET "deliveryProblem" = $2
        FROM "Invitation" m WHERE m."id" = $1 AND v."id" = m."inviteeId" AND {_NEWEST}
        """,
        invitation_id,
        problem,
    )


async def unscoped_note_bounced(conn: Connection, invitation_id: str, problem: str) -> None:
    """The mail will not be tried again by itself."""
    changes = '"bouncedAt" = utc_now(), "deliveryProblem" = $3'
    await conn.execute(_noting("failedAt", changes, "invitee.bounced"), invitation_id, cuid(), problem)


def _noting(moment: str, changes: str, event: WebhookEvent) -> str:
    """What became of the mail $1, on the invitation; and on the invitee, with the event $2, unless a newer one counts.

    One statement, as a worker that is killed between the mail server's answer and our commit sends the mail again. The
    workspace is locked first, as by whoever deletes it.
    """
    return f"""
        WITH place AS (
            SELECT v."id" AS invitee, w."id" AS workspace, {_NEWEST} AS counts
            FROM "Invitation" m
            JOIN "InterviewInvitee" v ON v."id" = m."inviteeId"
            JOIN "Interview" i ON i."id" = v."interviewId"
            JOIN "Workspace" w ON w."id" = i."workspaceId"
            WHERE m."id" = $1 FOR KEY SHARE OF w
        ), invitation AS (
            UPDATE "Invitation" SET "{moment}" = utc_now() WHERE "id" = $1
        ), v AS (
            UPDATE "InterviewInvitee" v SET {changes} FROM place
            WHERE v."id" = place.invitee AND place.counts RETURNING v.*
        )
        INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "objectId", "objectLabel", "data",
            "createdAt")
        SELECT $2, place.workspace, '{event}', 'system', v."id", v."email", {event_data("place.workspace")}, utc_now()
        FROM v JOIN place ON place.invitee = v."id"
    """
