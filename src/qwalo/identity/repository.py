"""Every SQL statement about people who sign in with Clerk."""

from qwalo.identity.clerk.events import UserChanged
from qwalo.identity.models import User
from qwalo.platform.db.pool import Connection
from qwalo.platform.ids import cuid

# Any constant will do: it keeps these locks apart from others that are made of a text.
CLERK_USER_LOCK = 4_902_187_315


async def find_user(conn: Connection, viewer_id: str) -> User | None:
    """The viewer's own row."""
    cursor = await conn.execute(
        """
        SELECT "id", "clerkUserId", iso8601("createdAt"), iso8601("updatedAt"), "email", "name"
        FROM "User" WHERE "id" = %(viewer_id)s
        """,
        {"viewer_id": viewer_id},
    )
    row = await cursor.fetchone()
    return None if row is None else User(*row)


async def unscoped_sign_in_clerk_user(
    conn: Connection, clerk_user_id: str, email: str | None, name: str | None
) -> str | None:
    """The id of the person's row, made at the first sign-in; None when Clerk has deleted the person.

    `email` and `name`, from a token, fill only what is not known: Clerk's events know better.
    """
    values = {"clerk_user_id": clerk_user_id, "email": email, "name": name}
    cursor = await conn.execute(
        """
        WITH filled AS (
            UPDATE "User"
            SET "email" = COALESCE("email", %(email)s::text),
                "name" = COALESCE("name", %(name)s::text)
            WHERE "clerkUserId" = %(clerk_user_id)s
              AND (("email" IS NULL AND %(email)s::text IS NOT NULL)
                OR ("name" IS NULL AND %(name)s::text IS NOT NULL))
        )
        SELECT "id" FROM "User" WHERE "clerkUserId" = %(clerk_user_id)s
        """,
        values,
    )
    row = await cursor.fetchone()
    if row is None:
        row = await _add_clerk_user(conn, values)
    return None if row is None else str(row[0])


async def _add_clerk_user(conn: Connection, values: dict[str, str | None]) -> tuple[object, ...] | None:
    async with conn.transaction():
        await _lock_clerk_user(conn, values["clerk_user_id"])
        cursor = await conn.execute(
            """
            INSERT INTO "User" ("id", "clerkUserId", "email", "name", "createdAt")
            SELECT %(id)s, %(clerk_user_id)s::text, %(email)s, %(name)s, utc_now()
            WHERE NOT EXISTS (SELECT FROM "DeletedClerkUser" WHERE "clerkUserId" = %(clerk_user_id)s::text)
            ON CONFLICT ("clerkUserId") DO UPDATE
                SET "email" = COALESCE("User"."email", EXCLUDED."email"),
                    "name" = COALESCE("User"."name", EXCLUDED."name")
            RETURNING "id"
            """,
            {**values, "id": cuid()},
        )
        return await cursor.fetchone()


async def unscoped_apply_clerk_user(conn: Connection, changed: UserChanged) -> None:
    """Make the person's row what Clerk says, unless the row is newer, or the person deleted."""
    async with conn.transaction():
        await _lock_clerk_user(conn, changed.clerk_user_id)
        await conn.execute(
            """
            INSERT INTO "User" ("id", "clerkUserId", "email", "name", "clerkUpdatedAt", "createdAt")
            SELECT %(id)s, %(clerk_user_id)s::text, %(email)s, %(name)s,
                   %(updated_at)s::timestamptz AT TIME ZONE 'UTC', utc_now()
            WHERE NOT EXISTS (SELECT FROM "DeletedClerkUser" WHERE "clerkUserId" = %(clerk_user_id)s::text)
            ON CONFLICT ("clerkUserId") DO UPDATE
                SET "email" = EXCLUDED."email",
                    "name" = EXCLUDED."name",
                    "clerkUpdatedAt" = EXCLUDED."clerkUpdatedAt"
                WHERE "User"."clerkUpdatedAt" IS NULL OR "User"."clerkUpdatedAt" < EXCLUDED."clerkUpdatedAt"
            """,
            {
                "id": cuid(),
                "clerk_user_id": changed.clerk_user_id,
                "email": changed.email,
                "name": changed.name,
                "updated_at": changed.updated_at,
            },
        )


async def unscoped_delete_clerk_user(conn: Connection, clerk_user_id: str) -> None:
    """Delete the person, with their workspaces and all that is in these, and never let them come back."""
    values = {"clerk_user_id": clerk_user_id}
    async with conn.transaction():
        await _lock_clerk_user(conn, clerk_user_id)
        await conn.execute(
            """
            INSERT INTO "DeletedClerkUser" ("clerkUserId", "deletedAt") VALUES (%(clerk_user_id)s, utc_now())
            ON CONFLICT DO NOTHING
            """,
            values,
        )
        await conn.execute('DELETE FROM "User" WHERE "clerkUserId" = %(clerk_user_id)s', values)


async def _lock_clerk_user(conn: Connection, clerk_user_id: str | None) -> None:
    """Let nobody else make or delete this person until the transaction ends.

    A row that is not there cannot be locked, and a statement sees the tables as they were when it began: a
    sign-in that had looked for the tombstone before it was set would make the deleted person again. So the
    lock is a statement of its own, before the one that looks.
    """
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%(clerk_user_id)s, %(space)s))",
        {"clerk_user_id": clerk_user_id, "space": CLERK_USER_LOCK},
    )
