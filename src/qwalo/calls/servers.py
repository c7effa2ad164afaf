"""Every SQL statement about the processes that hold sockets, and about what one leaves behind that has died."""

from datetime import datetime, timedelta

from qwalo.platform.clock import now
from qwalo.platform.db.pool import Connection


async def unscoped_beat(conn: Connection, server: str) -> bool:
    """This process is alive. Whether that was known: a process taken for dead has lost its seats."""
    row = await conn.fetchrow(
        """
        INSERT INTO "CallServer" ("id", "startedAt", "seenAt") VALUES ($1, utc_now(), utc_now())
        ON CONFLICT ("id") DO UPDATE SET "seenAt" = utc_now() RETURNING xmax <> 0
        """,
        server,
    )
    assert row is not None
    return bool(row[0])


async def unscoped_release(conn: Connection, server: str) -> None:
    """This process ends: whoever was connected to it sits nowhere until they have connected to another."""
    await _empty_seats(conn, server, now())
    await conn.execute('DELETE FROM "CallServer" WHERE "id" = $1', server)


async def unscoped_release_dead(conn: Connection, dead_after: timedelta) -> None:
    """The same for every process that has not been seen for so long: people left when it was last seen."""
    rows = await conn.fetch(
        'DELETE FROM "CallServer" WHERE "seenAt" < utc_now() - $1::interval RETURNING "id", "seenAt"', dead_after
    )
    for server, seen_at in rows:
        await _empty_seats(conn, server, seen_at)


async def unscoped_list_abandoned(conn: Connection, return_within: timedelta) -> list[str]:
    """The invitees of open calls that everybody has left for longer than that, or that are completed otherwise."""
    rows = await conn.fetch(
        """
        SELECT c."inviteeId" FROM "CallRecord" c JOIN "InterviewInvitee" v ON v."id" = c."inviteeId"
        WHERE c."endedAt" IS NULL AND (v."status" = 'completed' OR NOT EXISTS (
            SELECT FROM "CallSeat" s
            WHERE s."roomId" = c."roomId" AND s."role" <> 'observer'
              AND (s."connectionId" IS NOT NULL OR s."lostAt" > utc_now() - $1::interval)
        ))
        """,
        return_within,
    )
    return [row[0] for row in rows]


async def _empty_seats(conn: Connection, server: str, lost_at: datetime) -> None:
    await conn.execute(
        """
        UPDATE "CallParticipant" p SET "leftAt" = $2 FROM "CallSeat" s, "CallRecord" c
        WHERE s."serverId" = $1 AND p."seatId" = s."id" AND p."leftAt" IS NULL
          AND c."id" = p."callId" AND c."endedAt" IS NULL
        """,
        server,
        lost_at,
    )
    await conn.execute(
        """
        UPDATE "CallSeat" SET "connectionId" = NULL, "serverId" = NULL, "lostAt" = $2 WHERE "serverId" = $1
        """,
        server,
        lost_at,
    )
