"""Every SQL statement of who accepts: the credential is the link, so all of them are unscoped."""

from asyncpg import UniqueViolationError

from qwalo.members.models import Invitation, Member
from qwalo.members.repository import COLUMNS, PEOPLE
from qwalo.platform.db.pool import Connection
from qwalo.workspaces.roles import Action, roles_that_may


async def unscoped_find_by_token(conn: Connection, token_hash: str) -> Invitation | None:
    """None also where it would make an admin, and whoever sent it may make nobody one any more."""
    row = await conn.fetchrow(
        """
        SELECT m."id", w."id", w."name", w."organizationName", m."role"::text, m."email", u."name"
        FROM "WorkspaceMember" m
        JOIN "Workspace" w ON w."id" = m."workspaceId"
        LEFT JOIN "User" u ON u."id" = m."invitedById"
        WHERE m."tokenHash" = $1 AND m."userId" IS NULL AND m."linkExpiresAt" > utc_now() AND (
            m."role" <> 'admin' OR EXISTS (
                SELECT FROM "WorkspaceMember" i
                WHERE i."workspaceId" = m."workspaceId" AND i."userId" = m."invitedById" AND i."role"::text = ANY($2)
            )
        )
        """,
        token_hash,
        roles_that_may(Action.MANAGE),
    )
    return Invitation(*row) if row else None


async def unscoped_lock_members(conn: Connection, workspace_id: str) -> None:
    """Until the commit nobody else changes who is in this workspace."""
    await conn.execute('SELECT FROM "Workspace" WHERE "id" = $1 FOR NO KEY UPDATE', workspace_id)


async def unscoped_find_member(conn: Connection, workspace_id: str, user_id: str) -> Member | None:
    row = await conn.fetchrow(
        f'SELECT {COLUMNS} FROM {PEOPLE} WHERE m."workspaceId" = $1 AND m."userId" = $2', workspace_id, user_id
    )
    return Member(*row) if row else None


async def unscoped_find(conn: Connection, member_id: str) -> Member:
    row = await conn.fetchrow(f'SELECT {COLUMNS} FROM {PEOPLE} WHERE m."id" = $1', member_id)
    assert row is not None
    return Member(*row)


async def unscoped_take(conn: Connection, member_id: str, user_id: str) -> bool:
    """The invitation is this person's membership from now on, and its link is worth nothing any more.

    False where they have become a member just now by another program, which does not wait for our lock.
    """
    try:
        async with conn.transaction():
            await conn.execute(
                """
                UPDATE "WorkspaceMember"
                SET "userId" = $2, "joinedAt" = utc_now(), "tokenHash" = NULL, "linkExpiresAt" = NULL,
                    "deliveryProblem" = NULL
                WHERE "id" = $1
                """,
                member_id,
                user_id,
            )
    except UniqueViolationError:
        return False
    return True
