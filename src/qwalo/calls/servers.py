"""Every SQL statement about the processes that hold sockets, and about what one leaves behind that has died."""

from datetime import datetime, timedelta

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
    await _empty_seats(conn, '"serverId" = $2', None, server)
    await conn.execute('DELETE FROM "CallServer" WHERE "id" = $1', server)


async def unscoped_release_unknown(conn: Connection, server: str, known: list[str]) -> None:
    """Empty the seats whose connection to this process is not among the `known` ones: their end could not be noted."""
    await _empty_seats(conn, '"serverId" = $2 AND NOT "connectionId" = ANY($3::text[])', None, server, known)


async def unscoped_release_dead(conn: Connection, dead_after: timedelta) -> None:
    """The same for every process that has not been seen for so long: people left when it was last seen."""
    rows = await conn.fetch(
        'DELETE FROM "CallServer" WHERE "seenAt" < utc_now() - $1::interval RETURNING "id", "seenAt"', dead_after
    )
    for server, seen_at in rows:
        await _empty_seats(conn, '"serverId" = $2', seen_at, server)
    # And of processes that never came so far, or came back from the dead for a moment.
    await _empty_seats(conn, 'NOT EXISTS (SELECT FROM "CallServer" p WHERE p."id" = s."serverId")', None)


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


async def _empty_seats(conn: Connection, which: str, lost_at: datetime | None, *values: object) -> None:
    """Seats before participants, as everywhere. `which` is of constants, with `values` from $2 on; None is now."""
    rows = await conn.fetch(
        f"""
        UPDATE "CallSeat" s SET "connectionId" = NULL, "serverId" = NULL,
            "lostAt" = GREATEST(s."enteredAt", COALESCE($1, utc_now()))
        WHERE s."serverId" IS NOT NULL AND {which} RETURNING s."id"
        """,
        lost_at,
        *values,
    )
    if rows:
        await conn.execute(
            """
            UPDATE "CallParticipant" p SET "leftAt" = GREATEST(p."joinedAt", COALESCE($2, utc_now()))
            FROM "CallRecord" c
            WHERE p."seatId" = ANY($1::text[]) AND p."leftAt" IS NULL AND c."id" = p."callId" AND c."endedAt" IS NULL
            """,
            [row[0] for row in rows],
            lost_at,
        )
