"""Every SQL statement of API keys. Those of a workspace are reached through a membership of the viewer."""

from datetime import datetime
from typing import Any

from qwalo.api_keys.models import ROLE_OF_SCOPE, ApiKey, KeyMaker, Scope
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.platform.ids import cuid

_COLUMNS = """
    k."id", k."workspaceId", k."name", k."scope"::text, k."hint", iso8601(k."createdAt"),
    k."createdById", (SELECT COALESCE(u."name", u."email") FROM "User" u WHERE u."id" = k."createdById"),
    iso8601(k."expiresAt"), iso8601(k."lastUsedAt"), iso8601(k."revokedAt")
"""


async def list_keys(conn: Connection, viewer_id: str, workspace_id: str, page: PageRequest) -> list[ApiKey]:
    """One more than the page holds, where there are more."""
    rows = await conn.fetch(
        f"""
        SELECT {_COLUMNS} FROM "WorkspaceMember" m JOIN "ApiKey" k ON k."workspaceId" = m."workspaceId"
        WHERE m."userId" = $1 AND m."workspaceId" = $2 AND (k."createdAt", k."id") < ($3::text::timestamp, $4)
        ORDER BY k."createdAt" DESC, k."id" DESC LIMIT $5
        """,
        viewer_id,
        workspace_id,
        page.created_at,
        page.id,
        page.limit + 1,
    )
    return [_key(row) for row in rows]


async def find_key(conn: Connection, viewer_id: str, workspace_id: str, key_id: str) -> ApiKey | None:
    row = await conn.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM "WorkspaceMember" m JOIN "ApiKey" k ON k."workspaceId" = m."workspaceId"
        WHERE m."userId" = $1 AND m."workspaceId" = $2 AND k."id" = $3
        """,
        viewer_id,
        workspace_id,
        key_id,
    )
    return _key(row) if row else None


async def lock_and_count_live(conn: Connection, viewer_id: str, workspace_id: str) -> int:
    """How many keys of the workspace work. Until the commit nobody makes another."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('qwalo api keys'), hashtext($1::text))", workspace_id)
    row = await conn.fetchrow(
        """
        SELECT count(*) FROM "WorkspaceMember" m JOIN "ApiKey" k ON k."workspaceId" = m."workspaceId"
        WHERE m."userId" = $1 AND m."workspaceId" = $2
          AND k."revokedAt" IS NULL AND (k."expiresAt" IS NULL OR k."expiresAt" > utc_now())
        """,
        viewer_id,
        workspace_id,
    )
    assert row is not None
    return int(row[0])


async def insert_key(
    conn: Connection,
    viewer_id: str,
    workspace_id: str,
    name: str,
    scope: Scope,
    expires_at: datetime | None,
    token_hash: str,
    hint: str,
) -> str | None:
    """The id of the new key; its user and its membership are made with it. None when the viewer is no member."""
    key_id = cuid()
    row = await conn.fetchrow(
        """
        WITH maker AS (
            SELECT "userId", "workspaceId" FROM "WorkspaceMember" WHERE "userId" = $1 AND "workspaceId" = $2
        ), key_user AS (
            INSERT INTO "User" ("id", "clerkUserId", "name", "createdAt")
            SELECT $3, 'key_' || $4::text, $5, utc_now() FROM maker
        ), membership AS (
            INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "joinedAt", "createdAt")
            SELECT $6, "workspaceId", $3, $7::text::"WorkspaceRole", utc_now(), utc_now() FROM maker
        )
        INSERT INTO "ApiKey" ("id", "workspaceId", "userId", "name", "scope", "tokenHash", "hint", "createdById",
            "expiresAt", "createdAt")
        SELECT $4::text, "workspaceId", $3, $5, $8::text::"ApiKeyScope", $9, $10, "userId", $11, utc_now() FROM maker
        RETURNING "id"
        """,
        viewer_id,
        workspace_id,
        cuid(),
        key_id,
        name,
        cuid(),
        ROLE_OF_SCOPE[scope],
        scope,
        token_hash,
        hint,
        expires_at,
    )
    return key_id if row else None


async def revoke_key(conn: Connection, viewer_id: str, workspace_id: str, key_id: str) -> bool:
    """Whether it was not revoked before. The membership of the key, by which it sees anything at all, ends with it."""
    row = await conn.fetchrow(
        """
        UPDATE "ApiKey" k SET "revokedAt" = utc_now() FROM "WorkspaceMember" m
        WHERE m."userId" = $1 AND m."workspaceId" = $2
          AND k."workspaceId" = m."workspaceId" AND k."id" = $3 AND k."revokedAt" IS NULL
        RETURNING k."userId"
        """,
        viewer_id,
        workspace_id,
        key_id,
    )
    if row is None:
        return False
    await conn.execute('DELETE FROM "WorkspaceMember" WHERE "userId" = $1 AND "workspaceId" = $2', row[0], workspace_id)
    return True


async def list_live_ids(conn: Connection, viewer_id: str, workspace_id: str, maker_id: str) -> list[str]:
    """Of the keys that this person has made, and that work."""
    rows = await conn.fetch(
        """
        SELECT k."id" FROM "WorkspaceMember" m JOIN "ApiKey" k ON k."workspaceId" = m."workspaceId"
        WHERE m."userId" = $1 AND m."workspaceId" = $2 AND k."createdById" = $3
          AND k."revokedAt" IS NULL AND (k."expiresAt" IS NULL OR k."expiresAt" > utc_now())
        ORDER BY k."createdAt", k."id"
        """,
        viewer_id,
        workspace_id,
        maker_id,
    )
    return [row[0] for row in rows]


async def unscoped_find_by_hash(conn: Connection, token_hash: str) -> tuple[str, str, bool, bool, bool] | None:
    """(id, user id, revoked, expired, its last use is to be noted) of the key with this hash."""
    row = await conn.fetchrow(
        """
        SELECT "id", "userId", "revokedAt" IS NOT NULL, COALESCE("expiresAt" <= utc_now(), false),
            COALESCE("lastUsedAt" < utc_now() - interval '1 minute', true)
        FROM "ApiKey" WHERE "tokenHash" = $1
        """,
        token_hash,
    )
    return tuple(row) if row else None


async def unscoped_note_use(conn: Connection, key_id: str) -> None:
    """Of many requests at once, one writes, and none of the others waits for it."""
    await conn.execute(
        """
        UPDATE "ApiKey" SET "lastUsedAt" = utc_now() WHERE "id" = (
            SELECT "id" FROM "ApiKey"
            WHERE "id" = $1 AND COALESCE("lastUsedAt" < utc_now() - interval '1 minute', true)
            FOR NO KEY UPDATE SKIP LOCKED
        )
        """,
        key_id,
    )


def _key(row: tuple[Any, ...]) -> ApiKey:
    key_id, workspace_id, name, scope, hint, created, maker_id, maker_name, expires, used, revoked = row
    maker = KeyMaker(maker_id, maker_name) if maker_id else None
    return ApiKey(key_id, workspace_id, name, scope, hint, created, maker, expires, used, revoked)
