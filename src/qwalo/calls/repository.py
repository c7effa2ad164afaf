"""Every SQL statement of rooms: who may enter, who sits there, whether the invitee is admitted.

The credential of a socket is looked at before, so what follows from it is unscoped.
"""

from datetime import timedelta

from qwalo.calls.models import Entry, RoomFacts, Seat, Snapshot
from qwalo.invitees.models import Status
from qwalo.platform.db.pool import Connection
from qwalo.platform.ids import cuid
from qwalo.workspaces.roles import Action, roles_that_may

_FACTS = """
    SELECT v."id", v."name", v."email", i."id", w."id", i."title", i."mode"::text, w."organizationName",
        u."id", u."name", v."status" = 'completed', m."role"::text
    FROM "InterviewInvitee" v
    JOIN "Interview" i ON i."id" = v."interviewId"
    JOIN "Workspace" w ON w."id" = i."workspaceId"
    -- The host is who invited, as long as they hold interviews in the workspace.
    LEFT JOIN "WorkspaceMember" hm ON hm."workspaceId" = w."id" AND hm."userId" = v."hostId"
        AND hm."role" <> 'observer'
    JOIN "User" u ON u."id" = COALESCE(hm."userId", w."ownerId")
    LEFT JOIN "WorkspaceMember" m ON m."workspaceId" = w."id" AND m."userId" = $1
"""


async def find_facts(
    conn: Connection, viewer_id: str, workspace_id: str, interview_id: str, invitee_id: str
) -> RoomFacts | None:
    row = await conn.fetchrow(
        f'{_FACTS} WHERE v."id" = $2 AND i."id" = $3 AND w."id" = $4 AND m."userId" = $1',
        viewer_id,
        invitee_id,
        interview_id,
        workspace_id,
    )
    return RoomFacts(*row) if row else None


async def find_facts_for_observer(conn: Connection, viewer_id: str, invitee_id: str) -> RoomFacts | None:
    row = await conn.fetchrow(
        f"""
        {_FACTS}
        LEFT JOIN "CallRoom" r ON r."inviteeId" = v."id"
        LEFT JOIN "CallObserver" o ON o."roomId" = r."id" AND o."userId" = $1
        WHERE v."id" = $2 AND o."removedAt" IS NULL AND (o."userId" IS NOT NULL OR m."userId" IS NOT NULL)
        """,
        viewer_id,
        invitee_id,
    )
    return RoomFacts(*row) if row else None


async def unscoped_find_facts(conn: Connection, viewer_id: str, invitee_id: str) -> RoomFacts | None:
    row = await conn.fetchrow(f'{_FACTS} WHERE v."id" = $2', viewer_id, invitee_id)
    return RoomFacts(*row) if row else None


async def unscoped_may_hold(conn: Connection, user_id: str, invitee_id: str) -> bool:
    """Whether the user holds interviews in the workspace of this invitee."""
    row = await conn.fetchrow(
        """
        SELECT FROM "InterviewInvitee" v
        JOIN "Interview" i ON i."id" = v."interviewId"
        JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
        WHERE v."id" = $1 AND m."userId" = $2 AND m."role"::text = ANY($3)
        """,
        invitee_id,
        user_id,
        roles_that_may(Action.HOLD),
    )
    return row is not None


async def unscoped_find_name(conn: Connection, user_id: str) -> str | None:
    """How a user is called in a room. Not by the address, which is nobody's business there."""
    row = await conn.fetchrow('SELECT "name" FROM "User" WHERE "id" = $1', user_id)
    return row[0] if row else None


async def unscoped_lock(conn: Connection, invitee_id: str) -> Status | None:
    """The invitee's status. Until the commit nobody else changes anything of the room; None when it is gone."""
    row = await conn.fetchrow(
        """
        SELECT v."status"::text FROM "InterviewInvitee" v
        JOIN "Interview" i ON i."id" = v."interviewId"
        JOIN "Workspace" w ON w."id" = i."workspaceId"
        WHERE v."id" = $1
        -- In this order, as whoever deletes the workspace takes them.
        FOR KEY SHARE OF w FOR KEY SHARE OF i FOR UPDATE OF v
        """,
        invitee_id,
    )
    return row[0] if row else None


async def unscoped_make_room(conn: Connection, invitee_id: str) -> str:
    """The id of the invitee's room, which is made when it is first entered."""
    await conn.execute(
        """
        INSERT INTO "CallRoom" ("id", "inviteeId", "createdAt") VALUES ($1, $2, utc_now())
        ON CONFLICT ("inviteeId") DO NOTHING
        """,
        cuid(),
        invitee_id,
    )
    row = await conn.fetchrow('SELECT "id" FROM "CallRoom" WHERE "inviteeId" = $1', invitee_id)
    assert row is not None
    return str(row[0])


async def unscoped_find_room(conn: Connection, invitee_id: str, remember: timedelta) -> Snapshot | None:
    """The room as it is; people whose socket was lost are of interest for as long as `remember`."""
    rows = await conn.fetch(
        """
        SELECT r."id", v."id",
            CASE WHEN v."revokedAt" IS NULL THEN v."linkVersion" END, v."status" = 'completed',
            r."admittedAt" IS NOT NULL, r."declinedAt" IS NOT NULL,
            c."id", iso8601(c."startedAt"), iso8601(utc_now()),
            s."id", s."role"::text, s."name",
            CASE s."role"
                WHEN 'host' THEN m."role"::text = ANY($3)
                WHEN 'observer' THEN o."removedAt" IS NULL AND (o."userId" IS NOT NULL OR m."userId" IS NOT NULL)
                ELSE true
            END,
            s."loadId", s."connectionId", s."serverId", iso8601(s."enteredAt"),
            COALESCE(s."lostAt" > utc_now() - $2::interval, false), s."leftAt" IS NOT NULL
        FROM "CallRoom" r
        JOIN "InterviewInvitee" v ON v."id" = r."inviteeId"
        JOIN "Interview" i ON i."id" = v."interviewId"
        LEFT JOIN "CallRecord" c ON c."inviteeId" = v."id" AND c."endedAt" IS NULL
        LEFT JOIN "CallSeat" s ON s."roomId" = r."id"
        LEFT JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId" AND m."userId" = s."userId"
        LEFT JOIN "CallObserver" o ON o."roomId" = r."id" AND o."userId" = s."userId"
        WHERE v."id" = $1
        ORDER BY s."createdAt", s."id"
        """,
        invitee_id,
        remember,
        roles_that_may(Action.HOLD),
    )
    if not rows:
        return None
    # A room in which nobody ever was is one row with NULLs.
    seats = tuple(Seat(*row[9:]) for row in rows if row[9] is not None)
    return Snapshot(*(*rows[0][:9], seats))


async def unscoped_find_load(conn: Connection, room_id: str, holder: str) -> str | None:
    """The page load that sat last in the seat of this holder."""
    row = await conn.fetchrow('SELECT "loadId" FROM "CallSeat" WHERE "roomId" = $1 AND "holder" = $2', room_id, holder)
    return row[0] if row else None


async def unscoped_count_others(conn: Connection, room_id: str, holder: str) -> tuple[int, int]:
    """How many are in the room, or wait for it, besides this holder of a seat; and how many of them are hosts."""
    row = await conn.fetchrow(
        """
        SELECT count(*), count(*) FILTER (WHERE "role" = 'host') FROM "CallSeat"
        WHERE "roomId" = $1 AND "holder" <> $2 AND "connectionId" IS NOT NULL
        """,
        room_id,
        holder,
    )
    assert row is not None
    return row[0], row[1]


async def unscoped_take_seat(
    conn: Connection, room_id: str, entry: Entry, load: str, connection: str, server: str, remember: timedelta
) -> str:
    """The id of the person's seat, in which this page load now sits. Since when is kept over a short absence."""
    row = await conn.fetchrow(
        """
        INSERT INTO "CallSeat" ("id", "roomId", "holder", "role", "userId", "name", "loadId", "connectionId",
            "serverId", "enteredAt", "createdAt")
        VALUES ($1, $2, $3, $4::text::"CallRole", $5, $6, $7, $8, $9, utc_now(), utc_now())
        ON CONFLICT ("roomId", "holder") DO UPDATE SET
            "role" = excluded."role", "name" = excluded."name", "loadId" = excluded."loadId",
            "connectionId" = excluded."connectionId", "serverId" = excluded."serverId",
            "enteredAt" = CASE
                WHEN "CallSeat"."connectionId" IS NOT NULL OR "CallSeat"."lostAt" > utc_now() - $10::interval
                THEN "CallSeat"."enteredAt" ELSE excluded."enteredAt" END,
            "lostAt" = NULL, "leftAt" = NULL
        RETURNING "id"
        """,
        cuid(),
        room_id,
        entry.holder,
        entry.role,
        entry.user_id,
        entry.name,
        load,
        connection,
        server,
        remember,
    )
    assert row is not None
    return str(row[0])


async def unscoped_leave_seat(conn: Connection, seat_id: str, connection: str, *, on_purpose: bool) -> bool:
    """Whether this connection still sat there: a newer one of the same person is not disturbed."""
    status = await conn.execute(
        """
        UPDATE "CallSeat" SET "connectionId" = NULL, "serverId" = NULL, "lostAt" = utc_now(),
            "leftAt" = CASE WHEN $3 THEN utc_now() END
        WHERE "id" = $1 AND "connectionId" = $2
        """,
        seat_id,
        connection,
        on_purpose,
    )
    return status == "UPDATE 1"


async def unscoped_admit(conn: Connection, room_id: str) -> None:
    await conn.execute(
        """
        UPDATE "CallRoom" SET "admittedAt" = COALESCE("admittedAt", utc_now()), "declinedAt" = NULL WHERE "id" = $1
        """,
        room_id,
    )


async def unscoped_decline(conn: Connection, room_id: str) -> None:
    await conn.execute(
        'UPDATE "CallRoom" SET "declinedAt" = COALESCE("declinedAt", utc_now()), "admittedAt" = NULL WHERE "id" = $1',
        room_id,
    )


async def unscoped_add_observer(conn: Connection, room_id: str, user_id: str) -> None:
    """Once sent out, an observer stays out."""
    await conn.execute(
        """
        INSERT INTO "CallObserver" ("roomId", "userId", "createdAt") VALUES ($1, $2, utc_now())
        ON CONFLICT ("roomId", "userId") DO NOTHING
        """,
        room_id,
        user_id,
    )


async def unscoped_remove_observer(conn: Connection, room_id: str, seat_id: str) -> None:
    await conn.execute(
        """
        INSERT INTO "CallObserver" AS o ("roomId", "userId", "createdAt", "removedAt")
        SELECT "roomId", "userId", utc_now(), utc_now() FROM "CallSeat"
        WHERE "id" = $2 AND "roomId" = $1 AND "role" = 'observer'
        ON CONFLICT ("roomId", "userId") DO UPDATE SET "removedAt" = COALESCE(o."removedAt", utc_now())
        """,
        room_id,
        seat_id,
    )
