"""Every SQL statement of local sign-in. It comes before there is a viewer, so all of them are unscoped."""

from datetime import datetime

from qwalo.identity.models import User
from qwalo.platform.db.pool import Connection
from qwalo.platform.ids import cuid

_COLUMNS = '"id", "clerkUserId", iso8601("createdAt"), iso8601("updatedAt"), "email", "name"'
_LOCAL = """"clerkUserId" LIKE 'local\\_%'"""


async def unscoped_first(conn: Connection) -> User | None:
    """The person who has been here for longest."""
    row = await conn.fetchrow(f'SELECT {_COLUMNS} FROM "User" WHERE {_LOCAL} ORDER BY "createdAt", "id" LIMIT 1')
    return User(*row) if row else None


async def unscoped_lock_additions(conn: Connection) -> None:
    """Nobody else adds a person until the commit."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('qwalo people'))")


async def unscoped_find_by_email(conn: Connection, email: str) -> User | None:
    row = await conn.fetchrow(f'SELECT {_COLUMNS} FROM "User" WHERE {_LOCAL} AND lower("email") = lower($1)', email)
    return User(*row) if row else None


async def unscoped_add(conn: Connection, email: str | None, name: str | None) -> User:
    """Raises asyncpg.UniqueViolationError when the address is somebody's."""
    row = await conn.fetchrow(
        f"""
        INSERT INTO "User" ("id", "clerkUserId", "email", "name", "createdAt")
        VALUES ($1, $2, $3, $4, utc_now()) RETURNING {_COLUMNS}
        """,
        cuid(),
        f"local_{cuid()}",
        email,
        name,
    )
    assert row is not None
    return User(*row)


async def unscoped_set_profile(conn: Connection, user_id: str, email: str | None, name: str | None) -> None:
    """Raises asyncpg.UniqueViolationError when the address is somebody else's."""
    await conn.execute('UPDATE "User" SET "email" = $1, "name" = $2 WHERE "id" = $3', email, name, user_id)


async def unscoped_insert_link(
    conn: Connection, link_id: str, user_id: str, token_hash: str, expires_at: datetime
) -> None:
    await conn.execute(
        """
        INSERT INTO "SignInLink" ("id", "userId", "tokenHash", "expiresAt", "createdAt")
        VALUES ($1, $2, $3, $4, utc_now())
        """,
        link_id,
        user_id,
        token_hash,
        expires_at,
    )


async def unscoped_count_recent_links(conn: Connection, user_id: str) -> int:
    """How many links of the person were made in the last ten minutes and not used; long expired ones are removed."""
    await conn.execute(
        """DELETE FROM "SignInLink" WHERE "userId" = $1 AND "expiresAt" < utc_now() - interval '1 day'""", user_id
    )
    row = await conn.fetchrow(
        """
        SELECT count(*) FROM "SignInLink"
        WHERE "userId" = $1 AND "usedAt" IS NULL AND "createdAt" > utc_now() - interval '10 minutes'
        """,
        user_id,
    )
    assert row is not None
    return int(row[0])


async def unscoped_find_by_link(conn: Connection, token_hash: str) -> User | None:
    """Whom a link signs in that still works. Looking does not use it up."""
    row = await conn.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM "User" WHERE "id" = (
            SELECT "userId" FROM "SignInLink"
            WHERE "tokenHash" = $1 AND "usedAt" IS NULL AND "expiresAt" > utc_now()
        )
        """,
        token_hash,
    )
    return User(*row) if row else None


async def unscoped_use_link(conn: Connection, token_hash: str) -> str | None:
    """Use the link up: the id of whom it signs in, None when it does not work (any more). Of two at once, one wins."""
    row = await conn.fetchrow(
        """
        UPDATE "SignInLink" SET "usedAt" = utc_now()
        WHERE "tokenHash" = $1 AND "usedAt" IS NULL AND "expiresAt" > utc_now()
        RETURNING "userId"
        """,
        token_hash,
    )
    return str(row[0]) if row else None


async def unscoped_find_letter(conn: Connection, link_id: str) -> tuple[str, str | None, str] | None:
    """(address, name, user id) for the mail of a link; None when it must not go out (any more)."""
    row = await conn.fetchrow(
        """
        SELECT u."email", u."name", u."id" FROM "SignInLink" l JOIN "User" u ON u."id" = l."userId"
        WHERE l."id" = $1 AND l."usedAt" IS NULL AND l."expiresAt" > utc_now() AND u."email" IS NOT NULL
        """,
        link_id,
    )
    return (row[0], row[1], row[2]) if row else None
