"""Every SQL statement about people who sign in with Clerk."""

from qwalo.identity.clerk.events import UserChanged
from qwalo.identity.models import User
from qwalo.platform.db.pool import Connection
from qwalo.platform.ids import cuid

# Any constant will do: it keeps these locks apart from others that are made of a text.
CLERK_USER_LOCK = 4_902_187_315


async def find_user(conn: Connection, viewer_id: str) -> User | None:
    row = await conn.fetchrow(
        """
        SELECT "id", "clerkUserId", iso8601("createdAt"), iso8601("updatedAt"), "email", "name"
        FROM "User" WHERE "id" = $1
        """,
        viewer_id,
    )
    return User(*row) if row else None


async def unscoped_sign_in_clerk_user(
    conn: Connection, clerk_user_id: str, email: str | None, name: str | None
) -> str | None:
    """The id of the person's row, made at the first sign-in; None when Clerk has deleted the person.

    `email` and `name`, from a token, fill only what is not known: Clerk's events know better.
    """
    row = await conn.fetchrow(
        """
        WITH filled AS (
            UPDATE "User"
            SET "email" = COALESCE("email", $2::text), "name" = COALESCE("name", $3::text)
            WHERE "clerkUserId" = $1
              AND (("email" IS NULL AND $2::text IS NOT NULL) OR ("name" IS NULL AND $3::text IS NOT NULL))
        )
        SELECT "id" FROM "User" WHERE "clerkUserId" = $1
        """,
        clerk_user_id,
        email,
        name,
    )
    return str(row[0]) if row else await _add_clerk_user(conn, clerk_user_id, email, name)


async def _add_clerk_user(conn: Connection, clerk_user_id: str, email: str | None, name: str | None) -> str | None:
    async with conn.transaction():
        await _lock_clerk_user(conn, clerk_user_id)
        row = await conn.fetchrow(
            """
            INSERT INTO "User" ("id", "clerkUserId", "email", "name", "createdAt")
            SELECT $1, $2::text, $3, $4, utc_now()
            WHERE NOT EXISTS (SELECT FROM "DeletedClerkUser" WHERE "clerkUserId" = $2::text)
            ON CONFLICT ("clerkUserId") DO UPDATE
                SET "email" = COALESCE("User"."email", EXCLUDED."email"),
                    "name" = COALESCE("User"."name", EXCLUDED."name")
            RETURNING "id"
            """,
            cuid(),
            clerk_user_id,
            email,
            name,
        )
        return str(row[0]) if row else None


async def unscoped_apply_clerk_user(conn: Connection, changed: UserChanged) -> None:
    """Make the person's row what Clerk says, unless the row is newer, or the person deleted."""
    async with conn.transaction():
        await _lock_clerk_user(conn, changed.clerk_user_id)
        await conn.execute(
            """
            INSERT INTO "User" ("id", "clerkUserId", "email", "name", "clerkUpdatedAt", "createdAt")
            SELECT $1, $2::text, $3, $4, $5::timestamptz AT TIME ZONE 'UTC', utc_now()
            WHERE NOT EXISTS (SELECT FROM "DeletedClerkUser" WHERE "clerkUserId" = $2::text)
            ON CONFLICT ("clerkUserId") DO UPDATE
                SET "email" = EXCLUDED."email",
                    "name" = EXCLUDED."name",
                    "clerkUpdatedAt" = EXCLUDED."clerkUpdatedAt"
                WHERE "User"."clerkUpdatedAt" IS NULL OR "User"."clerkUpdatedAt" < EXCLUDED."clerkUpdatedAt"
            """,
            cuid(),
            changed.clerk_user_id,
            changed.email,
            changed.name,
            changed.updated_at,
        )


async def unscoped_delete_clerk_user(conn: Connection, clerk_user_id: str) -> None:
    """Delete the person, with their workspaces and all that is in these, and never let them come back."""
    async with conn.transaction():
        await _lock_clerk_user(conn, clerk_user_id)
        await conn.execute(
            """
            INSERT INTO "DeletedClerkUser" ("clerkUserId", "deletedAt") VALUES ($1, utc_now())
            ON CONFLICT DO NOTHING
            """,
            clerk_user_id,
        )
        # Their workspaces come before their own row (docs/decisions/0019).
        await conn.execute('SELECT hold_workspaces_of("id") FROM "User" WHERE "clerkUserId" = $1', clerk_user_id)
        await conn.execute('DELETE FROM "User" WHERE "clerkUserId" = $1', clerk_user_id)


async def _lock_clerk_user(conn: Connection, clerk_user_id: str) -> None:
    """Let nobody else make or delete this person until the transaction ends.

    A row that is not there cannot be locked, and a statement sees the tables as they were when it began: a
    sign-in that had looked for the tombstone before it was set would make the deleted person again. So the
    lock is a statement of its own, before the one that looks.
    """
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1::text, $2))", clerk_user_id, CLERK_USER_LOCK)
