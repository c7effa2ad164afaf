"""Every SQL statement that reads the audit log. It is written by `events.recording`, and by nothing changed."""

from typing import Any

import msgspec

from qwalo.audit.models import AuditActor, AuditEvent, AuditObject
from qwalo.audit.schemas import SYSTEM, AuditFilter
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import PageRequest
from qwalo.workspaces.roles import Action, roles_that_may

_MANAGERS = roles_that_may(Action.MANAGE)
# Who was in the log lately, to choose from.
_RECENT = 2000
_decode = msgspec.json.Decoder(dict[str, Any]).decode


async def list_events(
    conn: Connection, viewer_id: str, workspace_id: str, wanted: AuditFilter, page: PageRequest
) -> list[AuditEvent]:
    """One more than the page holds, where there are more. Nothing for whoever does not manage the workspace."""
    conditions = ['e."createdAt" >= $3::text::timestamp', 'e."createdAt" < $4::text::timestamp']
    values: list[object] = [viewer_id, workspace_id, wanted.from_moment, wanted.to_moment]

    def add(condition: str, value: object) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if wanted.type:
        add('e."type" = {}', wanted.type)
    if wanted.actor == SYSTEM:
        conditions.append("""e."actorKind" = 'system'""")
    elif wanted.actor:
        add('e."actorId" = {}', wanted.actor)
    if wanted.object:
        add('e."objectId" = {}', wanted.object)
    values += [page.created_at, page.id, page.limit + 1, _MANAGERS]
    last = len(values)
    rows = await conn.fetch(
        f"""
        SELECT e."id", e."type", e."actorKind"::text, e."actorId", e."actorLabel", e."objectId", e."objectLabel",
            e."data"::text, iso8601(e."createdAt"), e."address", e."requestId"
        FROM "WorkspaceMember" m JOIN "AuditEvent" e ON e."workspaceId" = m."workspaceId"
        WHERE m."userId" = $1 AND m."workspaceId" = $2 AND m."role"::text = ANY(${last})
          AND {" AND ".join(conditions)}
          AND (e."createdAt", e."id") < (${last - 3}::text::timestamp, ${last - 2})
        ORDER BY e."createdAt" DESC, e."id" DESC LIMIT ${last - 1}
        """,
        *values,
    )
    return [_event(row) for row in rows]


async def list_actors(conn: Connection, viewer_id: str, workspace_id: str) -> list[AuditActor]:
    """People and API keys: the members, and who else has done something lately. By their names."""
    rows = await conn.fetch(
        """
        WITH place AS (
            SELECT "workspaceId" FROM "WorkspaceMember"
            WHERE "userId" = $1 AND "workspaceId" = $2 AND "role"::text = ANY($3)
        ), known AS (
            SELECT u."id", CASE WHEN u."clerkUserId" LIKE 'key\\_%' THEN 'api_key' ELSE 'user' END AS kind,
                COALESCE(u."name", u."email") AS label, 0 AS age
            FROM place p
            JOIN "WorkspaceMember" m ON m."workspaceId" = p."workspaceId"
            JOIN "User" u ON u."id" = m."userId"
            UNION ALL
            SELECT "actorId", "actorKind"::text, "actorLabel", 1 FROM (
                SELECT e."actorId", e."actorKind", e."actorLabel"
                FROM "AuditEvent" e WHERE e."workspaceId" = $2 AND EXISTS (SELECT FROM place)
                ORDER BY e."createdAt" DESC, e."id" DESC LIMIT $4
            ) recent
            WHERE "actorId" IS NOT NULL AND "actorKind" IN ('user', 'api_key')
        ), one_each AS (
            SELECT DISTINCT ON ("id") kind, "id", label FROM known ORDER BY "id", age
        )
        SELECT kind, "id", label FROM one_each ORDER BY kind DESC, lower(label), "id"
        """,
        viewer_id,
        workspace_id,
        _MANAGERS,
        _RECENT,
    )
    return [AuditActor(*row) for row in rows]


def _event(row: tuple[Any, ...]) -> AuditEvent:
    event_id, kind, actor_kind, actor_id, actor_label, object_id, object_label, data, created_at, address, request = row
    return AuditEvent(
        id=event_id,
        type=kind,
        actor=AuditActor(actor_kind, actor_id, actor_label),
        object=AuditObject(object_id, object_label),
        data=_decode(data),
        createdAt=created_at,
        address=address,
        requestId=request,
    )
