"""Every SQL statement about organizations and who is in them."""

from datetime import datetime

from qwalo.organizations.models import DerivedRole, Organization
from qwalo.platform.db.pool import Connection
from qwalo.platform.ids import cuid

# Any constant will do: it keeps these locks apart from others that are made of a text.
ORGANIZATION_LOCK = 4_902_187_317


async def unscoped_apply_organization(conn: Connection, clerk_org_id: str, name: str, updated_at: datetime) -> None:
    """Make the organization's row what Clerk says, unless the row is newer, or the organization deleted."""
    async with conn.transaction():
        await _lock(conn, clerk_org_id)
        await conn.execute(
            """
            INSERT INTO "Organization" ("id", "clerkOrgId", "name", "clerkUpdatedAt", "createdAt")
            SELECT $1, $2::text, $3, $4::timestamptz AT TIME ZONE 'UTC', utc_now()
            WHERE NOT EXISTS (SELECT FROM "DeletedOrganization" WHERE "clerkOrgId" = $2::text)
            ON CONFLICT ("clerkOrgId") DO UPDATE
                SET "name" = EXCLUDED."name", "clerkUpdatedAt" = EXCLUDED."clerkUpdatedAt"
                WHERE "Organization"."clerkUpdatedAt" IS NULL
                   OR "Organization"."clerkUpdatedAt" < EXCLUDED."clerkUpdatedAt"
            """,
            cuid(),
            clerk_org_id,
            name,
            updated_at,
        )


async def unscoped_delete_organization(conn: Connection, clerk_org_id: str) -> None:
    """Its workspaces stay, with those who are in them by themselves; it never comes back."""
    async with conn.transaction():
        await _lock(conn, clerk_org_id)
        await conn.execute(
            """
            INSERT INTO "DeletedOrganization" ("clerkOrgId", "deletedAt") VALUES ($1, utc_now())
            ON CONFLICT DO NOTHING
            """,
            clerk_org_id,
        )
        await conn.execute('DELETE FROM "Organization" WHERE "clerkOrgId" = $1', clerk_org_id)
        await conn.execute('DELETE FROM "OrganizationMember" WHERE "clerkOrgId" = $1', clerk_org_id)


async def unscoped_apply_membership(
    conn: Connection, clerk_org_id: str, clerk_user_id: str, role: DerivedRole, updated_at: datetime
) -> None:
    """An event says that the person had this role at `updated_at`."""
    async with conn.transaction():
        await _lock(conn, clerk_org_id)
        await conn.execute(
            """
            INSERT INTO "OrganizationMember" AS known ("clerkOrgId", "clerkUserId", "role", "clerkUpdatedAt")
            SELECT $1::text, $2, $3::text::"WorkspaceRole", $4::timestamptz AT TIME ZONE 'UTC'
            WHERE NOT EXISTS (SELECT FROM "DeletedOrganization" WHERE "clerkOrgId" = $1::text)
            ON CONFLICT ("clerkOrgId", "clerkUserId") DO UPDATE
                SET "role" = CASE WHEN known."seenAt" > EXCLUDED."clerkUpdatedAt" THEN known."role"
                                  ELSE EXCLUDED."role" END,
                    "clerkUpdatedAt" = EXCLUDED."clerkUpdatedAt",
                    "endedAt" = NULL
                WHERE known."clerkUpdatedAt" IS NULL OR known."clerkUpdatedAt" < EXCLUDED."clerkUpdatedAt"
            """,
            clerk_org_id,
            clerk_user_id,
            role,
            updated_at,
        )


async def unscoped_end_membership(
    conn: Connection, clerk_org_id: str, clerk_user_id: str, role: DerivedRole, updated_at: datetime
) -> None:
    """An event says that the membership last changed at `updated_at` is over.

    When it ended is not told, so it counts against every token that was made before the event came.
    """
    async with conn.transaction():
        await _lock(conn, clerk_org_id)
        await conn.execute(
            """
            INSERT INTO "OrganizationMember" AS known ("clerkOrgId", "clerkUserId", "role", "clerkUpdatedAt", "endedAt")
            SELECT $1::text, $2, $3::text::"WorkspaceRole", $4::timestamptz AT TIME ZONE 'UTC', utc_now()
            WHERE NOT EXISTS (SELECT FROM "DeletedOrganization" WHERE "clerkOrgId" = $1::text)
            ON CONFLICT ("clerkOrgId", "clerkUserId") DO UPDATE
                SET "clerkUpdatedAt" = EXCLUDED."clerkUpdatedAt", "endedAt" = EXCLUDED."endedAt"
                WHERE known."clerkUpdatedAt" IS NULL
                   OR known."clerkUpdatedAt" < EXCLUDED."clerkUpdatedAt"
                   OR (known."clerkUpdatedAt" = EXCLUDED."clerkUpdatedAt" AND known."endedAt" IS NULL)
            """,
            clerk_org_id,
            clerk_user_id,
            role,
            updated_at,
        )


async def unscoped_find_membership(
    conn: Connection, clerk_org_id: str, clerk_user_id: str, role: DerivedRole, made_at: datetime
) -> str | None:
    """The organization's id, if the person is in it and a token made then tells nothing new."""
    row = await conn.fetchrow(
        """
        SELECT g."id" FROM "Organization" g JOIN "OrganizationMember" o ON o."clerkOrgId" = g."clerkOrgId"
        WHERE g."clerkOrgId" = $1 AND o."clerkUserId" = $2 AND is_in_organization(o) AND (
            o."role" = $3::text::"WorkspaceRole"
            OR GREATEST(o."clerkUpdatedAt", o."seenAt") >= $4::timestamptz AT TIME ZONE 'UTC'
        )
        """,
        clerk_org_id,
        clerk_user_id,
        role,
        made_at,
    )
    return row[0] if row else None


async def unscoped_see_membership(
    conn: Connection, clerk_org_id: str, clerk_user_id: str, role: DerivedRole, made_at: datetime
) -> str | None:
    """A token made at `made_at` says that the person has this role.

    The organization's id, None where the person is out of it since.
    """
    async with conn.transaction():
        await _lock(conn, clerk_org_id)
        # A token does not tell the name.
        await conn.execute(
            """
            INSERT INTO "Organization" ("id", "clerkOrgId", "name", "createdAt")
            SELECT $1, $2::text, '', utc_now()
            WHERE NOT EXISTS (SELECT FROM "DeletedOrganization" WHERE "clerkOrgId" = $2::text)
            ON CONFLICT ("clerkOrgId") DO NOTHING
            """,
            cuid(),
            clerk_org_id,
        )
        await conn.execute(
            """
            INSERT INTO "OrganizationMember" AS known ("clerkOrgId", "clerkUserId", "role", "seenAt")
            SELECT "clerkOrgId", $2, $3::text::"WorkspaceRole", $4::timestamptz AT TIME ZONE 'UTC'
            FROM "Organization" WHERE "clerkOrgId" = $1
            ON CONFLICT ("clerkOrgId", "clerkUserId") DO UPDATE
                SET "role" = EXCLUDED."role", "seenAt" = EXCLUDED."seenAt"
                WHERE EXCLUDED."seenAt" > ALL (ARRAY_REMOVE(
                    ARRAY[known."clerkUpdatedAt", known."endedAt", known."seenAt"], NULL
                ))
            """,
            clerk_org_id,
            clerk_user_id,
            role,
            made_at,
        )
        row = await conn.fetchrow(
            """
            SELECT g."id" FROM "Organization" g JOIN "OrganizationMember" o ON o."clerkOrgId" = g."clerkOrgId"
            WHERE g."clerkOrgId" = $1 AND o."clerkUserId" = $2 AND is_in_organization(o)
            """,
            clerk_org_id,
            clerk_user_id,
        )
    return row[0] if row else None


async def find_organization(conn: Connection, viewer_id: str, organization_id: str) -> Organization | None:
    """None where the viewer is not in it."""
    row = await conn.fetchrow(
        """
        SELECT g."id", g."name", (
            SELECT count(*) FROM "OrganizationMember" o JOIN "User" u ON u."clerkUserId" = o."clerkUserId"
            WHERE o."clerkOrgId" = g."clerkOrgId" AND is_in_organization(o)
        )
        FROM "Organization" g WHERE g."id" = organization_of_member($1, $2)
        """,
        viewer_id,
        organization_id,
    )
    return Organization(*row) if row else None


async def lock_organizations(conn: Connection, viewer_id: str, workspace_id: str, organization_id: str | None) -> None:
    """That of a workspace of the viewer's and the one given, before the workspace's own row (docs/decisions/0019).

    Until the commit nobody joins or leaves them, nor are they renamed or deleted.
    """
    await conn.execute(
        """
        SELECT FROM "Organization" WHERE "id" IN (organization_of_member($1, $3), (
            SELECT w."organizationId" FROM "Workspace" w JOIN "WorkspaceMember" m ON m."workspaceId" = w."id"
            WHERE w."id" = $2 AND m."userId" = $1
        ))
        ORDER BY "id" FOR NO KEY UPDATE
        """,
        viewer_id,
        workspace_id,
        organization_id,
    )


async def set_organization(conn: Connection, viewer_id: str, workspace_id: str, organization_id: str | None) -> None:
    """Of a workspace of the viewer's. Its name and its members follow by triggers."""
    await conn.execute(
        """
        UPDATE "Workspace" w SET "organizationId" = organization_of_member($1, $3)
        FROM "WorkspaceMember" m WHERE w."id" = $2 AND m."workspaceId" = w."id" AND m."userId" = $1
        """,
        viewer_id,
        workspace_id,
        organization_id,
    )


async def _lock(conn: Connection, clerk_org_id: str) -> None:
    """Let nobody else make, change or delete this organization until the transaction ends (see `identity`)."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1::text, $2))", clerk_org_id, ORGANIZATION_LOCK)
