"""Every SQL statement of what is written in a room."""

from qwalo.calls.messages import Written
from qwalo.platform.db.pool import Connection
from qwalo.platform.ids import cuid

# What a page is shown that joins late. Texts have at most 4,000 characters, and all of them must be sent at once.
MAX_AT_ONCE = 200


async def unscoped_list_messages(conn: Connection, room_id: str, after: int) -> list[tuple[int, Written]]:
    """What was written after that position, with the positions, the oldest first; of very many, the newest."""
    rows = await conn.fetch(
        """
        SELECT "position", "seatId", "key", "role"::text, "name", "text", iso8601("createdAt")
        FROM "CallMessage" WHERE "roomId" = $1 AND "position" > $2 ORDER BY "position" DESC LIMIT $3
        """,
        room_id,
        after,
        MAX_AT_ONCE,
    )
    return [(row[0], Written(*row[1:])) for row in reversed(rows)]


async def unscoped_insert_message(conn: Connection, seat_id: str, key: str, text: str) -> None:
    """What the person in the seat writes; the same key again is the same message."""
    await conn.execute(
        """
        INSERT INTO "CallMessage" ("id", "roomId", "seatId", "key", "role", "name", "text", "createdAt")
        SELECT $1, "roomId", "id", $3, "role", "name", $4, utc_now() FROM "CallSeat" WHERE "id" = $2
        ON CONFLICT ("seatId", "key") DO NOTHING
        """,
        cuid(),
        seat_id,
        key,
        text,
    )
