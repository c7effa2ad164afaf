"""Every SQL statement of members as a workspace's people see them: reached only through a membership of the viewer.

The users of API keys are members too, and are never seen here (docs/decisions/0014).
"""

from datetime import datetime

from qwalo.members.models import Member, MemberStatus
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.workspaces.roles import Role

COLUMNS = """
    m."id", m."workspaceId", m."role"::text, CASE WHEN m."userId" IS NULL THEN 'invited' ELSE 'active' END,
    iso8601(m."createdAt"), iso8601(m."updatedAt"), CASE WHEN m."userId" IS NULL THEN m."email" ELSE u."email" END,
    u."name", m."userId", iso8601(m."joinedAt"), iso8601(m."sentAt"), iso8601(m."linkExpiresAt"), m."deliveryProblem",
    CASE WHEN m."organizationId" IS NOT NULL THEN 'organization' END
"""
# Somebody who is invited has no user yet; the user of an API key is nobody.
PEOPLE = """
    "WorkspaceMember" m LEFT JOIN "User" u ON u."id" = m."userId"
"""
NO_KEYS = """u."clerkUserId" IS NULL OR u."clerkUserId" NOT LIKE 'key\\_%'"""


async def list_members(
    conn: Connection, viewer_id: str, workspace_id: str, page: PageRequest, status: MemberStatus | None
) -> list[Member] | None:
    """One more than the page holds, where there are more. None when the viewer has no such workspace."""
    rows = await conn.fetch(
        f"""
        SELECT page.* FROM "WorkspaceMember" me
        LEFT JOIN LATERAL (
            SELECT {COLUMNS} FROM {PEOPLE}
            WHERE m."workspaceId" = me."workspaceId" AND (m."createdAt", m."id") < ($1::text::timestamp, $2)
              AND ({NO_KEYS}) AND ($6::text IS NULL OR (m."userId" IS NULL) = ($6 = 'invited'))
            ORDER BY m."createdAt" DESC, m."id" DESC LIMIT $3
        ) page ON true
        WHERE me."workspaceId" = $4 AND me."userId" = $5
        """,
        page.created_at,
        page.id,
        page.limit + 1,
        workspace_id,
        viewer_id,
        status,
    )
    if not rows:
        return None
    # A page without members is one row of NULLs.
    return [Member(*row) for row in rows if row[0] is not None]


async def find_member(conn: Connection, viewer_id: str, workspace_id: str, member_id: str) -> Member | None:
    row = await conn.fetchrow(
        f"""
        SELECT {COLUMNS} FROM "WorkspaceMember" me
        JOIN ({PEOPLE}) ON m."workspaceId" = me."workspaceId"
        WHERE me."workspaceId" = $1 AND me."userId" = $2 AND m."id" = $3 AND ({NO_KEYS})
        """,
        workspace_id,
        viewer_id,
        member_id,
    )
    return Member(*row) if row else None


async def find_own(conn: Connection, viewer_id: str, workspace_id: str) -> Member:
    """The viewer's own membership, which the caller has locked."""
    row = await conn.fetchrow(
        f'SELECT {COLUMNS} FROM {PEOPLE} WHERE m."workspaceId" = $1 AND m."userId" = $2', workspace_id, viewer_id
    )
    assert row is not None
    return Member(*row)


async def count_owners(conn: Connection, viewer_id: str, workspace_id: str) -> int:
    row = await conn.fetchrow(
        """
        SELECT count(*) FROM "WorkspaceMember" me
        JOIN "WorkspaceMember" m ON m."workspaceId" = me."workspaceId" AND m."role" = 'owner'
        WHERE me."workspaceId" = $1 AND me."userId" = $2
        """,
        workspace_id,
        viewer_id,
    )
    assert row is not None
    return int(row[0])


async def count_invitations(conn: Connection, viewer_id: str, workspace_id: str) -> int:
    """Those that nobody has accepted yet, also where their links have expired."""
    row = await conn.fetchrow(
        """
        SELECT count(*) FROM "WorkspaceMember" me
        JOIN "WorkspaceMember" m ON m."workspaceId" = me."workspaceId" AND m."userId" IS NULL
        WHERE me."workspaceId" = $1 AND me."userId" = $2
        """,
        workspace_id,
        viewer_id,
    )
    assert row is not None
    return int(row[0])


async def lock_members(conn: Connection, viewer_id: str, workspace_id: str) -> bool:
    """Until the commit nobody else changes who is in this workspace. False when the viewer is not.

    The lock is the workspace's row, of the kind that lets others go on to add interviews to it. Before it comes that
    of its organization, to which somebody may fall back: it is not deleted meanwhile (docs/decisions/0019).
    """
    row = await conn.fetchrow(
        """
        WITH organization AS MATERIALIZED (
            SELECT g."id" FROM "Organization" g WHERE g."id" = (
                SELECT o."organizationId" FROM "Workspace" o
                JOIN "WorkspaceMember" me ON me."workspaceId" = o."id" AND me."userId" = $2
                WHERE o."id" = $1
            ) FOR KEY SHARE
        )
        SELECT w."id" FROM "Workspace" w
        JOIN "WorkspaceMember" me ON me."workspaceId" = w."id" AND me."userId" = $2
        WHERE w."id" = $1 AND (SELECT count(*) FROM organization) >= 0 FOR NO KEY UPDATE OF w
        """,
        workspace_id,
        viewer_id,
    )
    return row is not None


async def find_same_address(conn: Connection, viewer_id: str, workspace_id: str, email: str) -> Member | None:
    """The member or invitation that has this address; of both, the member."""
    row = await conn.fetchrow(
        f"""
        SELECT {COLUMNS} FROM "WorkspaceMember" me
        JOIN ({PEOPLE}) ON m."workspaceId" = me."workspaceId"
        WHERE me."workspaceId" = $1 AND me."userId" = $2 AND ({NO_KEYS})
          AND lower(CASE WHEN m."userId" IS NULL THEN m."email" ELSE u."email" END) = lower($3)
        ORDER BY m."userId" IS NULL LIMIT 1
        """,
        workspace_id,
        viewer_id,
        email,
    )
    return Member(*row) if row else None


async def list_sent(conn: Connection, viewer_id: str, workspace_id: str, inviter_id: str) -> list[Member]:
    """The invitations that this person has sent last, and that can be accepted."""
    rows = await conn.fetch(
        f"""
        SELECT {COLUMNS} FROM "WorkspaceMember" me
        JOIN ({PEOPLE}) ON m."workspaceId" = me."workspaceId"
        WHERE me."workspaceId" = $1 AND me."userId" = $2 AND m."invitedById" = $3 AND m."userId" IS NULL
          AND m."linkExpiresAt" > utc_now()
        ORDER BY m."createdAt", m."id"
        """,
        workspace_id,
        viewer_id,
        inviter_id,
    )
    return [Member(*row) for row in rows]


async def find_role_by_organization(conn: Connection, viewer_id: str, workspace_id: str, user_id: str) -> Role | None:
    """What somebody is in the workspace's organization. None where they are not in it, or it has none."""
    row = await conn.fetchrow(
        """
        SELECT o."role"::text FROM "WorkspaceMember" me
        JOIN "Workspace" w ON w."id" = me."workspaceId"
        JOIN "Organization" g ON g."id" = w."organizationId"
        JOIN "User" u ON u."id" = $3
        JOIN "OrganizationMember" o ON o."clerkOrgId" = g."clerkOrgId" AND o."clerkUserId" = u."clerkUserId"
        WHERE me."workspaceId" = $1 AND me."userId" = $2 AND is_in_organization(o)
        """,
        workspace_id,
        viewer_id,
        user_id,
    )
    return row[0] if row else None


async def unscoped_find_heir(conn: Connection, workspace_id: str, member_id: str) -> str | None:
    """The user who has been an owner for longest, apart from this member: the order of `pass_workspaces_on`."""
    row = await conn.fetchrow(
        """
        SELECT "userId" FROM "WorkspaceMember"
        WHERE "workspaceId" = $1 AND "role" = 'owner' AND "id" <> $2
        ORDER BY "joinedAt", "id" LIMIT 1
        """,
        workspace_id,
        member_id,
    )
    return str(row[0]) if row else None


async def unscoped_insert_invitation(
    conn: Connection,
    member_id: str,
    workspace_id: str,
    email: str,
    role: Role,
    inviter_id: str,
    token_hash: str,
    link_expires_at: datetime,
) -> None:
    await conn.execute(
        """
        INSERT INTO "WorkspaceMember" ("id", "workspaceId", "email", "role", "invitedById", "tokenHash",
            "linkVersion", "linkExpiresAt", "createdAt")
        VALUES ($1, $2, $3, $4::text::"WorkspaceRole", $5, $6, 1, $7, utc_now())
        """,
        member_id,
        workspace_id,
        email,
        role,
        inviter_id,
        token_hash,
        link_expires_at,
    )


async def unscoped_renew_link(
    conn: Connection, member_id: str, inviter_id: str, token_hash: str, link_expires_at: datetime
) -> int:
    """The link works until then, what went wrong with earlier mails is forgotten; the number of the mail to send."""
    row = await conn.fetchrow(
        """
        UPDATE "WorkspaceMember"
        SET "tokenHash" = $2, "linkVersion" = "linkVersion" + 1, "linkExpiresAt" = $3, "invitedById" = $4,
            "sentAt" = NULL, "deliveryProblem" = NULL
        WHERE "id" = $1 RETURNING "linkVersion"
        """,
        member_id,
        token_hash,
        link_expires_at,
        inviter_id,
    )
    assert row is not None
    return int(row[0])


async def unscoped_set_role(conn: Connection, member_id: str, role: Role) -> None:
    await conn.execute(
        'UPDATE "WorkspaceMember" SET "role" = $2::text::"WorkspaceRole" WHERE "id" = $1', member_id, role
    )


async def unscoped_delete(conn: Connection, member_id: str) -> None:
    await conn.execute('DELETE FROM "WorkspaceMember" WHERE "id" = $1', member_id)


async def unscoped_set_owner(conn: Connection, workspace_id: str, user_id: str) -> None:
    """Whose the workspace is. A trigger makes them an owner among its members, whom no organization manages."""
    await conn.execute('UPDATE "Workspace" SET "ownerId" = $2 WHERE "id" = $1', workspace_id, user_id)


async def unscoped_set_inviter(conn: Connection, member_id: str, inviter_id: str) -> None:
    """Whoever gives an invitation its role answers for it."""
    await conn.execute('UPDATE "WorkspaceMember" SET "invitedById" = $2 WHERE "id" = $1', member_id, inviter_id)


async def unscoped_expire_invitations(conn: Connection, workspace_id: str, inviter_id: str, role: Role) -> None:
    """Those with this role that this person has sent last: who sends them again makes them work."""
    await conn.execute(
        """
        UPDATE "WorkspaceMember" SET "linkExpiresAt" = utc_now()
        WHERE "workspaceId" = $1 AND "invitedById" = $2 AND "role" = $3::text::"WorkspaceRole" AND "userId" IS NULL
          AND "linkExpiresAt" > utc_now()
        """,
        workspace_id,
        inviter_id,
        role,
    )
