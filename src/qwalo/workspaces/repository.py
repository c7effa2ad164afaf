"""Every SQL statement of workspaces. What a viewer may see is decided here: the own ones."""

from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.platform.ids import cuid
from qwalo.workspaces.models import Workspace

_COLUMNS = '"id", "name", "organizationName", "ownerId", iso8601("createdAt"), iso8601("updatedAt")'


async def list_workspaces(conn: Connection, viewer_id: str, page: PageRequest) -> list[Workspace]:
    """One more than the page holds, where there are more."""
    cursor = await conn.execute(
        f"""
        SELECT {_COLUMNS} FROM "Workspace"
        WHERE "ownerId" = %s AND ("createdAt", "id") < (%s::timestamp, %s)
        ORDER BY "createdAt" DESC, "id" DESC LIMIT %s
        """,
        (viewer_id, page.created_at, page.id, page.limit + 1),
    )
    return [Workspace(*row) for row in await cursor.fetchall()]


async def find_workspace(conn: Connection, viewer_id: str, workspace_id: str) -> Workspace | None:
    cursor = await conn.execute(
        f'SELECT {_COLUMNS} FROM "Workspace" WHERE "id" = %s AND "ownerId" = %s', (workspace_id, viewer_id)
    )
    row = await cursor.fetchone()
    return Workspace(*row) if row else None


async def insert_workspace(conn: Connection, viewer_id: str, name: str, organization_name: str) -> Workspace | None:
    """None when the viewer's own row is gone."""
    cursor = await conn.execute(
        f"""
        INSERT INTO "Workspace" ("id", "name", "organizationName", "ownerId", "createdAt")
        SELECT %s, %s, %s, "id", utc_now() FROM "User" WHERE "id" = %s FOR KEY SHARE
        RETURNING {_COLUMNS}
        """,
        (cuid(), name, organization_name, viewer_id),
    )
    row = await cursor.fetchone()
    return Workspace(*row) if row else None


async def update_workspace(
    conn: Connection, viewer_id: str, workspace_id: str, name: str | None, organization_name: str | None
) -> Workspace | None:
    """What is None stays as it is."""
    cursor = await conn.execute(
        f"""
        UPDATE "Workspace"
        SET "name" = COALESCE(%s, "name"), "organizationName" = COALESCE(%s, "organizationName")
        WHERE "id" = %s AND "ownerId" = %s
        RETURNING {_COLUMNS}
        """,
        (name, organization_name, workspace_id, viewer_id),
    )
    row = await cursor.fetchone()
    return Workspace(*row) if row else None


async def delete_workspace(conn: Connection, viewer_id: str, workspace_id: str) -> bool:
    """Whether there was one. Its interviews and invitees go with it."""
    cursor = await conn.execute('DELETE FROM "Workspace" WHERE "id" = %s AND "ownerId" = %s', (workspace_id, viewer_id))
    return cursor.rowcount == 1


async def count_contents(conn: Connection, viewer_id: str, workspace_ids: list[str]) -> dict[str, tuple[int, int]]:
    """The number of interviews and of invitees of each of these workspaces that the viewer may see."""
    cursor = await conn.execute(
        """
        SELECT w."id", count(DISTINCT i."id"), count(v."id")
        FROM "Workspace" w
        LEFT JOIN "Interview" i ON i."workspaceId" = w."id"
        LEFT JOIN "InterviewInvitee" v ON v."interviewId" = i."id"
        WHERE w."id" = ANY(%s) AND w."ownerId" = %s
        GROUP BY w."id"
        """,
        (workspace_ids, viewer_id),
    )
    return {row[0]: (row[1], row[2]) for row in await cursor.fetchall()}
