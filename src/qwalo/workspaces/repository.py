"""Every SQL statement of workspaces. What a viewer may see is decided here: those that they are a member of."""

from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.platform.ids import cuid
from qwalo.workspaces.models import Hold, Workspace
from qwalo.workspaces.roles import Role

_COLUMNS = """
    w."id", w."name", w."organizationName", w."ownerId", m."role"::text, iso8601(w."createdAt"),
    iso8601(w."updatedAt"), w."organizationId"
"""
_LOCKS: dict[Hold, str] = {"place": "KEY SHARE", "row": "NO KEY UPDATE", "everything": "UPDATE"}


async def list_workspaces(conn: Connection, viewer_id: str, page: PageRequest) -> list[Workspace]:
    """One more than the page holds, where there are more."""
    rows = await conn.fetch(
        f"""
        SELECT {_COLUMNS} FROM "WorkspaceMember" m JOIN "Workspace" w ON w."id" = m."workspaceId"
        WHERE m."userId" = $1 AND (w."createdAt", w."id") < ($2::text::timestamp, $3)
        ORDER BY w."createdAt" DESC, w."id" DESC LIMIT $4
        """,
        viewer_id,
        page.created_at,
        page.id,
        page.limit + 1,
    )
    return [Workspace(*row) for row in rows]


async def find_workspace(conn: Connection, viewer_id: str, workspace_id: str) -> Workspace | None:
    row = await conn.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM "Workspace" w JOIN "WorkspaceMember" m ON m."workspaceId" = w."id"
        WHERE w."id" = $1 AND m."userId" = $2
        """,
        workspace_id,
        viewer_id,
    )
    return Workspace(*row) if row else None


async def lock_role(conn: Connection, viewer_id: str, workspace_id: str, hold: Hold) -> Role | None:
    """The viewer's role, None where they are no member. Until the commit nobody changes or ends the membership.

    PostgreSQL locks the rows of a join in the order of its `FOR … OF`: the workspace's before the member's.
    """
    row = await conn.fetchrow(
        f"""
        SELECT m."role"::text FROM "Workspace" w JOIN "WorkspaceMember" m ON m."workspaceId" = w."id"
        WHERE w."id" = $1 AND m."userId" = $2
        FOR {_LOCKS[hold]} OF w FOR SHARE OF m
        """,
        workspace_id,
        viewer_id,
    )
    return row[0] if row else None


async def find_role(conn: Connection, viewer_id: str, workspace_id: str) -> Role | None:
    row = await conn.fetchrow(
        'SELECT "role"::text FROM "WorkspaceMember" WHERE "workspaceId" = $1 AND "userId" = $2',
        workspace_id,
        viewer_id,
    )
    return row[0] if row else None


async def insert_workspace(
    conn: Connection, viewer_id: str, name: str, organization_name: str, organization_id: str | None
) -> Workspace | None:
    """None when the viewer's own row is gone. It belongs to the organization if the viewer is in that still."""
    row = await conn.fetchrow(
        """
        INSERT INTO "Workspace" ("id", "name", "organizationName", "ownerId", "organizationId", "createdAt")
        SELECT $1, $2, $3, "id", organization_of_member("id", $5), utc_now()
        FROM "User" WHERE "id" = $4 FOR KEY SHARE
        RETURNING "id"
        """,
        cuid(),
        name,
        organization_name,
        viewer_id,
        organization_id,
    )
    # The viewer is its owner by a trigger, so that any other program's workspaces have one too.
    return await find_workspace(conn, viewer_id, row[0]) if row else None


async def update_workspace(
    conn: Connection, viewer_id: str, workspace_id: str, name: str | None, organization_name: str | None
) -> Workspace | None:
    """What is None stays as it is."""
    row = await conn.fetchrow(
        f"""
        UPDATE "Workspace" w
        SET "name" = COALESCE($1, w."name"), "organizationName" = COALESCE($2, w."organizationName")
        FROM "WorkspaceMember" m
        WHERE w."id" = $3 AND m."workspaceId" = w."id" AND m."userId" = $4
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
    deleted = await conn.execute(
        """
        DELETE FROM "Workspace" w USING "WorkspaceMember" m
        WHERE w."id" = $1 AND m."workspaceId" = w."id" AND m."userId" = $2
        """,
        workspace_id,
        viewer_id,
    )
    return deleted == "DELETE 1"


async def count_contents(conn: Connection, viewer_id: str, workspace_ids: list[str]) -> dict[str, tuple[int, int]]:
    """The number of interviews and of invitees of each of these workspaces that the viewer may see."""
    rows = await conn.fetch(
        """
        SELECT w."id", count(DISTINCT i."id"), count(v."id")
        FROM "Workspace" w
        JOIN "WorkspaceMember" m ON m."workspaceId" = w."id" AND m."userId" = $2
        LEFT JOIN "Interview" i ON i."workspaceId" = w."id"
        LEFT JOIN "InterviewInvitee" v ON v."interviewId" = i."id"
        WHERE w."id" = ANY($1)
        GROUP BY w."id"
        """,
        workspace_ids,
        viewer_id,
    )
    return {row[0]: (row[1], row[2]) for row in rows}
