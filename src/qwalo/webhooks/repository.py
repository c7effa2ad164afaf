"""The SQL statements of webhook endpoints. Their deliveries are in `deliveries`."""

from typing import Any

from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.platform.ids import cuid
from qwalo.webhooks.models import WebhookEndpoint

_COLUMNS = """
    e."id", e."workspaceId", e."url", e."events", iso8601(e."createdAt"), iso8601(e."updatedAt"), e."description",
    iso8601(e."disabledAt"), e."disabledReason",
    CASE WHEN e."previousSecretExpiresAt" > utc_now() THEN iso8601(e."previousSecretExpiresAt") END
"""
# What a viewer may see: endpoints of workspaces that they are a member of, as e.
_VISIBLE = """
    "WebhookEndpoint" e JOIN "WorkspaceMember" m ON m."workspaceId" = e."workspaceId"
"""


async def list_endpoints(
    conn: Connection, viewer_id: str, workspace_id: str, page: PageRequest
) -> list[WebhookEndpoint]:
    """One more than the page holds, where there are more."""
    rows = await conn.fetch(
        f"""
        SELECT {_COLUMNS} FROM {_VISIBLE}
        WHERE e."workspaceId" = $1 AND m."userId" = $2
          AND (e."createdAt", e."id") < ($3::text::timestamp, $4)
        ORDER BY e."createdAt" DESC, e."id" DESC LIMIT $5
        """,
        workspace_id,
        viewer_id,
        page.created_at,
        page.id,
        page.limit + 1,
    )
    return [WebhookEndpoint(*row) for row in rows]


async def find_endpoint(
    conn: Connection, viewer_id: str, workspace_id: str, endpoint_id: str
) -> WebhookEndpoint | None:
    row = await conn.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM {_VISIBLE} WHERE e."id" = $1 AND e."workspaceId" = $2 AND m."userId" = $3
        """,
        endpoint_id,
        workspace_id,
        viewer_id,
    )
    return WebhookEndpoint(*row) if row else None


async def lock_endpoint(
    conn: Connection, viewer_id: str, workspace_id: str, endpoint_id: str
) -> WebhookEndpoint | None:
    """As `find_endpoint`; until the commit nobody else changes it."""
    row = await conn.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM {_VISIBLE} WHERE e."id" = $1 AND e."workspaceId" = $2 AND m."userId" = $3
        FOR NO KEY UPDATE OF e
        """,
        endpoint_id,
        workspace_id,
        viewer_id,
    )
    return WebhookEndpoint(*row) if row else None


async def count_endpoints(conn: Connection, viewer_id: str, workspace_id: str) -> int:
    """Until the commit nobody else adds one."""
    await conn.execute(
        """
        SELECT FROM "Workspace" w JOIN "WorkspaceMember" m ON m."workspaceId" = w."id"
        WHERE w."id" = $1 AND m."userId" = $2 FOR NO KEY UPDATE OF w
        """,
        workspace_id,
        viewer_id,
    )
    row = await conn.fetchrow(
        f'SELECT count(*) FROM {_VISIBLE} WHERE e."workspaceId" = $1 AND m."userId" = $2', workspace_id, viewer_id
    )
    return int(row[0]) if row else 0


async def insert_endpoint(
    conn: Connection,
    viewer_id: str,
    workspace_id: str,
    url: str,
    events: list[Any],
    description: str | None,
    secret: str,
) -> WebhookEndpoint | None:
    """`secret` is encrypted. None where the viewer is no member any more."""
    row = await conn.fetchrow(
        f"""
        INSERT INTO "WebhookEndpoint" AS e ("id", "workspaceId", "url", "events", "description", "secret", "createdAt")
        SELECT $1, m."workspaceId", $2, $3::text[], $4, $5, utc_now() FROM "WorkspaceMember" m
        WHERE m."workspaceId" = $6 AND m."userId" = $7
        RETURNING {_COLUMNS}
        """,
        cuid(),
        url,
        events,
        description,
        secret,
        workspace_id,
        viewer_id,
    )
    return WebhookEndpoint(*row) if row else None


async def update_endpoint(
    conn: Connection, viewer_id: str, endpoint: WebhookEndpoint, *, disabled: bool
) -> WebhookEndpoint | None:
    """Its address, description, events and state become those of `endpoint` and `disabled`."""
    row = await conn.fetchrow(
        f"""
        UPDATE "WebhookEndpoint" e
        SET "url" = $1, "events" = $2::text[], "description" = $3,
            "disabledAt" = CASE WHEN $4::boolean THEN COALESCE(e."disabledAt", utc_now()) END,
            "disabledReason" = CASE WHEN $4::boolean THEN e."disabledReason" END
        FROM "WorkspaceMember" m
        WHERE e."id" = $5 AND e."workspaceId" = $6 AND m."workspaceId" = e."workspaceId" AND m."userId" = $7
        RETURNING {_COLUMNS}
        """,
        endpoint.url,
        endpoint.events,
        endpoint.description,
        disabled,
        endpoint.id,
        endpoint.workspaceId,
        viewer_id,
    )
    return WebhookEndpoint(*row) if row else None


async def rotate_secret(
    conn: Connection, viewer_id: str, workspace_id: str, endpoint_id: str, secret: str, overlap_hours: int
) -> WebhookEndpoint | None:
    """`secret`, which is encrypted, signs from now on, and the one before for these hours."""
    row = await conn.fetchrow(
        f"""
        UPDATE "WebhookEndpoint" e
        SET "secret" = $1,
            "previousSecret" = CASE WHEN $2::integer > 0 THEN e."secret" END,
            "previousSecretExpiresAt" = CASE WHEN $2::integer > 0 THEN utc_now() + make_interval(hours => $2) END
        FROM "WorkspaceMember" m
        WHERE e."id" = $3 AND e."workspaceId" = $4 AND m."workspaceId" = e."workspaceId" AND m."userId" = $5
        RETURNING {_COLUMNS}
        """,
        secret,
        overlap_hours,
        endpoint_id,
        workspace_id,
        viewer_id,
    )
    return WebhookEndpoint(*row) if row else None


async def delete_endpoint(conn: Connection, viewer_id: str, workspace_id: str, endpoint_id: str) -> bool:
    """Whether there was one. Its deliveries go with it."""
    deleted = await conn.execute(
        """
        DELETE FROM "WebhookEndpoint" e USING "WorkspaceMember" m
        WHERE e."id" = $1 AND e."workspaceId" = $2 AND m."workspaceId" = e."workspaceId" AND m."userId" = $3
        """,
        endpoint_id,
        workspace_id,
        viewer_id,
    )
    return deleted == "DELETE 1"


async def unscoped_lock(conn: Connection, endpoint_id: str) -> None:
    """For who changes its deliveries too: the endpoint first, so that no two wait for each other."""
    await conn.execute('SELECT FROM "WebhookEndpoint" WHERE "id" = $1 FOR NO KEY UPDATE', endpoint_id)


async def unscoped_disable(conn: Connection, endpoint_id: str, url: str, reason: str) -> WebhookEndpoint | None:
    """None where it is disabled already, has another address, or is gone."""
    row = await conn.fetchrow(
        f"""
        UPDATE "WebhookEndpoint" e SET "disabledAt" = utc_now(), "disabledReason" = $2
        WHERE e."id" = $1 AND e."url" = $3 AND e."disabledAt" IS NULL
        RETURNING {_COLUMNS}
        """,
        endpoint_id,
        reason,
        url,
    )
    return WebhookEndpoint(*row) if row else None
