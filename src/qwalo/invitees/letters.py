"""Every SQL statement about the mails of invitations: jobs have no viewer, so all of them are unscoped."""

from qwalo.invitees.models import Letter
from qwalo.platform.db.pool import Connection

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


async def unscoped_find_invitee(conn: Connection, invitation_id: str) -> str | None:
    """The invitee of an invitation that counts: no newer one has been made."""
    row = await conn.fetchrow(
        f"""
        SELECT v."id" FROM "Invitation" m JOIN "InterviewInvitee" v ON v."id" = m."inviteeId"
        WHERE m."id" = $1 AND {_NEWEST}
        """,
        invitation_id,
    )
    return row[0] if row else None


async def unscoped_note_sent(conn: Connection, invitation_id: str) -> None:
    await _note(conn, invitation_id, "sentAt", '"sentAt" = utc_now(), "bouncedAt" = NULL, "deliveryProblem" = NULL')


async def unscoped_note_delayed(conn: Connection, invitation_id: str, problem: str) -> None:
    """The mail will be tried again; the host sees why it has not gone out yet."""
    await _note(conn, invitation_id, None, '"deliveryProblem" = $2', problem)


async def unscoped_note_bounced(conn: Connection, invitation_id: str, problem: str) -> None:
    """The mail will not be tried again by itself."""
    await _note(conn, invitation_id, "failedAt", '"bouncedAt" = utc_now(), "deliveryProblem" = $2', problem)


async def unscoped_hold_workspace(conn: Connection, invitation_id: str) -> None:
    """First in a transaction that notes something: whoever deletes the workspace waits, or has deleted it."""
    await conn.execute(
        """
        SELECT FROM "Invitation" m
        JOIN "InterviewInvitee" v ON v."id" = m."inviteeId"
        JOIN "Interview" i ON i."id" = v."interviewId"
        JOIN "Workspace" w ON w."id" = i."workspaceId"
        WHERE m."id" = $1 FOR KEY SHARE OF w
        """,
        invitation_id,
    )


async def _note(conn: Connection, invitation_id: str, moment: str | None, changes: str, *values: str) -> None:
    """What became of the mail, on the invitation; and on the invitee, unless a newer invitation counts there."""
    if moment is not None:
        await conn.execute(f'UPDATE "Invitation" SET "{moment}" = utc_now() WHERE "id" = $1', invitation_id)
    await conn.execute(
        f"""
        UPDATE "InterviewInvitee" v SET {changes}
        FROM "Invitation" m WHERE m."id" = $1 AND v."id" = m."inviteeId" AND {_NEWEST}
        """,
        invitation_id,
        *values,
    )
