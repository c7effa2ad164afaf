"""Every SQL statement by which a call is recorded while it is held: its begin, who is there, how well, its end."""

from qwalo.calls.messages import Quality
from qwalo.calls.models import EndReason
from qwalo.platform.db.pool import Connection
from qwalo.platform.ids import cuid


async def unscoped_begin_call(conn: Connection, room_id: str, invitee_id: str) -> str:
    """The id of the record of the call that now begins, with all who are there."""
    call_id = cuid()
    await conn.execute(
        """
        INSERT INTO "CallRecord" ("id", "interviewId", "inviteeId", "roomId", "provider", "startedAt", "createdAt")
        SELECT $1, "interviewId", "id", $2, 'builtin', utc_now(), utc_now() FROM "InterviewInvitee" WHERE "id" = $3
        """,
        call_id,
        room_id,
        invitee_id,
    )
    seats = await conn.fetch('SELECT "id" FROM "CallSeat" WHERE "roomId" = $1 AND "connectionId" IS NOT NULL', room_id)
    for (seat_id,) in seats:
        await unscoped_note_joined(conn, call_id, seat_id)
    return call_id


async def unscoped_note_joined(conn: Connection, call_id: str, seat_id: str) -> None:
    """The person in the seat takes part in the call, for the first time or again."""
    await conn.execute(
        """
        INSERT INTO "CallParticipant" ("id", "callId", "seatId", "role", "userId", "name", "joinedAt")
        SELECT $1, $2, "id", "role", "userId", "name", utc_now() FROM "CallSeat" WHERE "id" = $3
        ON CONFLICT ("callId", "seatId") DO UPDATE SET "leftAt" = NULL, "name" = excluded."name"
        """,
        cuid(),
        call_id,
        seat_id,
    )


async def unscoped_note_left(conn: Connection, seat_id: str) -> None:
    await conn.execute(
        """
        UPDATE "CallParticipant" p SET "leftAt" = utc_now() FROM "CallRecord" c
        WHERE p."seatId" = $1 AND p."leftAt" IS NULL AND c."id" = p."callId" AND c."endedAt" IS NULL
        """,
        seat_id,
    )


async def unscoped_end_call(conn: Connection, invitee_id: str, reason: EndReason) -> str | None:
    """The id of the open call, if there was one. It ends now, or when the last of its people had left, if all had."""
    row = await conn.fetchrow(
        """
        UPDATE "CallRecord" c SET "endReason" = $2::text::"CallEndReason", "endedAt" = GREATEST(c."startedAt", (
            SELECT CASE WHEN bool_and(p."leftAt" IS NOT NULL) THEN max(p."leftAt") ELSE utc_now() END
            FROM "CallParticipant" p WHERE p."callId" = c."id" AND p."role" <> 'observer'
        ))
        WHERE c."inviteeId" = $1 AND c."endedAt" IS NULL
        RETURNING c."id"
        """,
        invitee_id,
        reason,
    )
    if row is None:
        return None
    await conn.execute(
        """
        UPDATE "CallParticipant" p SET "leftAt" = c."endedAt" FROM "CallRecord" c
        WHERE c."id" = $1 AND p."callId" = c."id" AND COALESCE(p."leftAt", 'infinity') > c."endedAt"
        """,
        row[0],
    )
    return str(row[0])


async def unscoped_insert_quality(conn: Connection, seat_id: str, quality: Quality) -> None:
    """What the person in the seat has measured, where they take part in a call."""
    await conn.execute(
        """
        INSERT INTO "CallQuality" ("id", "participantId", "at", "roundTripMs", "lossPercent", "jitterMs", "width",
            "height", "frozenSeconds")
        SELECT $1, p."id", utc_now(), $3, $4, $5, $6, $7, $8
        FROM "CallParticipant" p JOIN "CallRecord" c ON c."id" = p."callId"
        WHERE p."seatId" = $2 AND c."endedAt" IS NULL
        """,
        cuid(),
        seat_id,
        quality.roundTripMs,
        quality.lossPercent,
        quality.jitterMs,
        quality.width,
        quality.height,
        quality.frozenSeconds,
    )
