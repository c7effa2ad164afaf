"""Every SQL statement of workspaces. What a viewer may see is decided here: the own ones."""

from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.platform.ids import cuid
from qwalo.workspaces.models import Workspace

_COLUMNS = '"id", "name", "organizationName", "ownerId", iso8601("createdAt"), iso8601("updatedAt")'


async def list_workspaces(conn: Connection, viewer_id: str, page: PageRequest) -> list[Workspace]:
    """One more than the page holds, where there are more."""
    rows = await conn.fetch(
        f"""
        SELECT {_COLUMNS} FROM "Workspace"
        WHERE "ownerId" = $1 AND ("createdAt", "id") < ($2::text::timestamp, $3)
        ORDER BY "createdAt" DESC, "id" DESC LIMIT $4
        """,
        viewer_id,
        page.created_at,
        page.id,
        page.limit + 1,
    )
    return [Workspace(*row) for row in rows]


async def find_workspace(conn: Connection, viewer_id: str, workspace_id: str) -> Workspace | None:
    row = await conn.fetchrow(
        f'SELECT {_COLUMNS} FROM "Workspace" WHERE "id" = $1 AND "ownerId" = $2', workspace_id, viewer_id
    )
    return Workspace(*row) if row else None


async def insert_workspace(conn: Connection, viewer_id: str, name: str, organization_name: str) -> Workspace | None:
    """None when the viewer's own row is gone."""
    row = await conn.fetchrow(
        f"""
        INSERT INTO "Workspace" ("id", "name", "organizationName", "ownerId", "createdAt")
        SELECT $1, $2, $3, "id", utc_now() FROM "User" WHERE "id" = $4 FOR KEY SHARE
        RETURNING {_COLUMNS}
        """,
        cuid(),
        name,
        organization_name,
        viewer_id,
    )
    return Workspace(*row) if row else None


async def update_workspace(
    conn: Connection, viewer_id: str, workspace_id: str, name: str | None, organization_name: str | None
) -> Workspace | None:
    """What is None stays as it is."""
    row = await conn.fetchrow(
        f"""
        UPDATE "Workspace"
        SET "name" = COALESCE($1, "name"), "organizationName" = COALESCE($2, "organizationName")
        WHERE "id" = $3 AND "ownerId" = $4
        RETURNING {_COLUMNS}
        """,
        name,
        organization_name,
        workspace_id,
        viewer_id,
    )
    return Workspace(*row) if row else None


async def delete_workspace(conn: Connection, viewer_id: str, workspace_id: str) -> bool:
    """Whether there was one. Its interviews and invitees go with it."""
    deleted = await conn.execute('DELETE FROM "Workspace" WHERE "id" = $1 AND "ownerId" = $2', workspace_id, viewer_id)
    return deleted == "DELETE 1"


async def count_contents(conn: Connection, viewer_id: str, workspace_ids: list[str]) -> dict[str, tuple[int, int]]:
    """The number of interviews and of invitees of each of these workspaces that the viewer may see."""
    rows = await conn.fetch(
        """
        SELECT w."id", count(DISTINCT i."id"), count(v."id")
        FROM "Workspace" w
        LEFT JOIN "Interview" i ON i."workspaceId" = w."id"
        LEFT JOIN "InterviewInvitee" v ON v."interviewId" = i."id"
        WHERE w."id" = ANY($1) AND w."ownerId" = $2
        GROUP BY w."id"
        """,
        workspace_ids,
        viewer_id,
    )
    return {row[0]: (row[1], row[2]) for row in rows}
