"""Writing down what happened, in the transaction in which it does: the audit log, and what webhooks are sent of it."""

from datetime import timedelta

import msgspec

from qwalo.events.models import Actor, Event, EventType
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.origin import current_origin
from qwalo.platform.ids import cuid

_encode = msgspec.json.Encoder().encode


async def say_who(conn: Connection, actor: Actor) -> None:
    """Who does what triggers record until the commit: passing a workspace on (migration 0011). Else nobody did."""
    origin = current_origin()
    facts = {"kind": actor.kind, "id": actor.id, "label": actor.label}
    facts |= {"address": origin.address, "requestId": origin.request_id}
    await conn.execute("SELECT set_config('qwalo.actor', $1, true)", _encode(facts).decode())


async def record(conn: Connection, actor: Actor, event: Event) -> None:
    """A trigger makes the deliveries to the webhooks that want this event (migration 0009)."""
    origin = current_origin()
    await conn.execute(
        """
        INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "actorId", "actorLabel", "objectId",
            "objectLabel", "data", "address", "requestId", "createdAt")
        VALUES ($1, $2, $3, $4::text::"ActorKind", $5,
            COALESCE($6, (SELECT COALESCE("name", "email") FROM "User" WHERE "id" = $5)),
            $7, $8, $9::text::jsonb, $10, $11, utc_now())
        """,
        cuid(),
        event.workspace_id,
        event.type,
        actor.kind,
        actor.id,
        actor.label,
        event.object_id,
        event.label,
        _encode(event.data).decode(),
        origin.address,
        origin.request_id,
    )


async def unscoped_ages(
    conn: Connection, event: EventType, workspace_id: str, object_id: str, within: timedelta
) -> list[float]:
    """How many seconds ago this happened to the object, the last time first, and nothing older than `within`."""
    rows = await conn.fetch(
        """
        SELECT extract(epoch FROM utc_now() - "createdAt")::float8 FROM "AuditEvent"
        WHERE "workspaceId" = $1 AND "createdAt" > utc_now() - $2::interval AND "objectId" = $3 AND "type" = $4
        ORDER BY "createdAt" DESC, "id" DESC
        """,
        workspace_id,
        within,
        object_id,
        event,
    )
    return [max(row[0], 0.0) for row in rows]
