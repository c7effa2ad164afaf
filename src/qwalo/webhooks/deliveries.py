"""The SQL statements of deliveries and their attempts, and of who is told of those that failed."""

from typing import Any

import msgspec

from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.platform.ids import cuid
from qwalo.platform.jobs.queue import PATIENT, job_sql
from qwalo.webhooks.models import DELIVER, DisabledNotice, Envelope, Outcome, WebhookAttempt, WebhookDelivery

# Of a delivery that was sent again often, the newest.
SHOWN_ATTEMPTS = 30

_COLUMNS = f"""
    d."id", d."eventId", d."status"::text, iso8601(d."createdAt"),
    json_build_object('type', a."type", 'timestamp', iso8601(a."createdAt"), 'data', a."data")::text,
    COALESCE((
        SELECT json_agg(json_strip_nulls(json_build_object(
            'startedAt', iso8601(t."startedAt"), 'durationMs', t."durationMs", 'statusCode', t."statusCode",
            'problem', t."problem", 'response', t."response"
        )))
        FROM (
            SELECT * FROM "WebhookAttempt" WHERE "deliveryId" = d."id"
            ORDER BY "startedAt" DESC, "id" DESC LIMIT {SHOWN_ATTEMPTS}
        ) t
    ), '[]')::text,
    iso8601(d."nextAttemptAt")
"""
# What a viewer may see, as d: deliveries to endpoints of workspaces that they are a member of.
_VISIBLE = """
    "WebhookDelivery" d
    JOIN "AuditEvent" a ON a."id" = d."eventId"
    JOIN "WebhookEndpoint" e ON e."id" = d."endpointId"
    JOIN "WorkspaceMember" m ON m."workspaceId" = e."workspaceId"
"""

_payload = msgspec.json.Decoder(dict[str, Any])
_attempts = msgspec.json.Decoder(list[WebhookAttempt])

_JOB = job_sql(DELIVER, queue=PATIENT, delivery_id='"id"', sending='"sending"')


async def list_deliveries(
    conn: Connection, viewer_id: str, workspace_id: str, endpoint_id: str, page: PageRequest
) -> list[WebhookDelivery]:
    """One more than the page holds, where there are more."""
    rows = await conn.fetch(
        f"""
        SELECT {_COLUMNS} FROM {_VISIBLE}
        WHERE d."endpointId" = $1 AND e."workspaceId" = $2 AND m."userId" = $3
          AND (d."createdAt", d."id") < ($4::text::timestamp, $5)
        ORDER BY d."createdAt" DESC, d."id" DESC LIMIT $6
        """,
        endpoint_id,
        workspace_id,
        viewer_id,
        page.created_at,
        page.id,
        page.limit + 1,
    )
    return [_delivery(row) for row in rows]


async def find_newest_test(
    conn: Connection, viewer_id: str, workspace_id: str, endpoint_id: str
) -> WebhookDelivery | None:
    row = await conn.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM {_VISIBLE}
        WHERE d."endpointId" = $1 AND e."workspaceId" = $2 AND m."userId" = $3 AND a."type" = 'webhook_endpoint.tested'
        ORDER BY d."createdAt" DESC, d."id" DESC LIMIT 1
        """,
        endpoint_id,
        workspace_id,
        viewer_id,
    )
    return _delivery(row) if row else None


async def send_again(
    conn: Connection, viewer_id: str, workspace_id: str, endpoint_id: str, delivery_id: str
) -> WebhookDelivery | None:
    """A new job for it, after which the one before does nothing. None where there is no such delivery."""
    sent = await conn.fetchrow(
        f"""
        WITH again AS (
            UPDATE "WebhookDelivery" d
            SET "status" = 'pending', "sending" = d."sending" + 1, "nextAttemptAt" = utc_now()
            FROM "WebhookEndpoint" e JOIN "WorkspaceMember" m ON m."workspaceId" = e."workspaceId"
            WHERE d."id" = $1 AND d."endpointId" = $2 AND e."id" = d."endpointId"
              AND e."workspaceId" = $3 AND m."userId" = $4
            RETURNING d."id", d."sending"
        )
        SELECT procrastinate_defer_jobs_v1(ARRAY[{_JOB}])
        FROM again
        """,
        delivery_id,
        endpoint_id,
        workspace_id,
        viewer_id,
    )
    if sent is None:
        return None
    row = await conn.fetchrow(
        f'SELECT {_COLUMNS} FROM {_VISIBLE} WHERE d."id" = $1 AND m."userId" = $2', delivery_id, viewer_id
    )
    return _delivery(row) if row else None


async def unscoped_find_envelope(conn: Connection, delivery_id: str) -> Envelope | None:
    """Jobs have no viewer. None where the delivery went with its endpoint."""
    row = await conn.fetchrow(
        """
        SELECT d."id", d."status"::text, d."sending", e."id", e."url", e."secret",
            CASE WHEN e."previousSecretExpiresAt" > utc_now() THEN e."previousSecret" END,
            e."disabledAt" IS NOT NULL, a."id", a."type", iso8601(a."createdAt"), a."data"::text
        FROM "WebhookDelivery" d
        JOIN "AuditEvent" a ON a."id" = d."eventId"
        JOIN "WebhookEndpoint" e ON e."id" = d."endpointId"
        WHERE d."id" = $1
        """,
        delivery_id,
    )
    return Envelope(*row) if row else None


async def unscoped_insert_attempt(conn: Connection, delivery_id: str, outcome: Outcome) -> bool:
    """False where the delivery is gone. Until the commit nobody else changes it."""
    inserted = await conn.execute(
        """
        WITH delivery AS (SELECT "id" FROM "WebhookDelivery" WHERE "id" = $2 FOR NO KEY UPDATE)
        INSERT INTO "WebhookAttempt"
            ("id", "deliveryId", "startedAt", "durationMs", "statusCode", "problem", "response")
        SELECT $1, "id", $3, $4, $5, $6, $7 FROM delivery
        """,
        cuid(),
        delivery_id,
        outcome.started_at,
        outcome.duration_ms,
        outcome.status_code,
        outcome.problem,
        outcome.response,
    )
    return inserted == "INSERT 0 1"


async def unscoped_note_delivered(conn: Connection, delivery_id: str) -> None:
    """By whichever of its jobs."""
    await conn.execute(
        """
        UPDATE "WebhookDelivery" SET "status" = 'delivered', "nextAttemptAt" = NULL WHERE "id" = $1
        """,
        delivery_id,
    )


async def unscoped_note_delayed(conn: Connection, delivery_id: str, sending: int, seconds: int) -> bool:
    """False where this sending is over: another job sends it, or nobody does any more."""
    updated = await conn.execute(
        """
        UPDATE "WebhookDelivery" SET "nextAttemptAt" = utc_now() + make_interval(secs => $3::integer)
        WHERE "id" = $1 AND "sending" = $2::integer AND "status" = 'pending'
        """,
        delivery_id,
        sending,
        seconds,
    )
    return updated == "UPDATE 1"


async def unscoped_note_failed(conn: Connection, delivery_id: str, sending: int) -> bool:
    """False where this sending is over."""
    updated = await conn.execute(
        """
        UPDATE "WebhookDelivery" SET "status" = 'failed', "nextAttemptAt" = NULL
        WHERE "id" = $1 AND "sending" = $2::integer AND "status" = 'pending'
        """,
        delivery_id,
        sending,
    )
    return updated == "UPDATE 1"


async def unscoped_give_up(conn: Connection, endpoint_id: str) -> None:
    """What is still to be sent to a disabled endpoint is not sent, unless somebody sends it again."""
    await conn.execute(
        """
        UPDATE "WebhookDelivery" SET "status" = 'failed', "sending" = "sending" + 1, "nextAttemptAt" = NULL
        WHERE "endpointId" = $1 AND "status" = 'pending'
        """,
        endpoint_id,
    )


async def unscoped_list_owners(conn: Connection, workspace_id: str) -> list[str]:
    """The ids of the owners who can be told by mail."""
    rows = await conn.fetch(
        """
        SELECT u."id" FROM "WorkspaceMember" m JOIN "User" u ON u."id" = m."userId"
        WHERE m."workspaceId" = $1 AND m."role" = 'owner' AND u."email" IS NOT NULL ORDER BY m."createdAt", u."id"
        """,
        workspace_id,
    )
    return [row[0] for row in rows]


async def unscoped_find_notice(conn: Connection, endpoint_id: str, owner_id: str) -> DisabledNotice | None:
    """None where there is nothing to tell any more: it was enabled or deleted, or they are no owner."""
    row = await conn.fetchrow(
        """
        SELECT u."email", u."name", w."id", w."name", e."url", e."disabledReason"
        FROM "WebhookEndpoint" e
        JOIN "Workspace" w ON w."id" = e."workspaceId"
        JOIN "WorkspaceMember" m ON m."workspaceId" = w."id" AND m."role" = 'owner'
        JOIN "User" u ON u."id" = m."userId"
        WHERE e."id" = $1 AND u."id" = $2 AND u."email" IS NOT NULL AND e."disabledReason" IS NOT NULL
        """,
        endpoint_id,
        owner_id,
    )
    return DisabledNotice(*row) if row else None


def _delivery(row: Any) -> WebhookDelivery:
    key, event_id, status, created_at, payload, attempts, next_attempt_at = row
    return WebhookDelivery(
        key, event_id, status, created_at, _payload.decode(payload), _attempts.decode(attempts), next_attempt_at
    )


async def unscoped_forget(conn: Connection, days: int) -> None:
    """Remove what has been done with for so long, with its attempts; some at a time, as it can be much."""
    await conn.execute(
        """
        DELETE FROM "WebhookDelivery" WHERE "id" IN (
            SELECT "id" FROM "WebhookDelivery"
            WHERE "status" <> 'pending' AND "createdAt" < utc_now() - make_interval(days => $1) LIMIT 10000
        )
        """,
        days,
    )


async def unscoped_works_otherwise(conn: Connection, delivery_id: str) -> bool:
    """Whether the endpoint has taken another delivery since this one was made: then it is this one that it refuses."""
    row = await conn.fetchrow(
        """
        SELECT FROM "WebhookDelivery" d
        JOIN "WebhookDelivery" other ON other."endpointId" = d."endpointId" AND other."id" <> d."id"
        WHERE d."id" = $1 AND other."status" = 'delivered' AND other."updatedAt" > d."createdAt" LIMIT 1
        """,
        delivery_id,
    )
    return row is not None
