"""The SQL statement that adds invitees, several at a time, each through a workspace of its own viewer."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from qwalo.invitees.models import SEND_INVITATION, Invitee
from qwalo.invitees.repository import COLUMNS, event_data
from qwalo.platform.db.pool import Connection
from qwalo.platform.jobs.queue import job_sql
from qwalo.workspaces.roles import Action, Role, may, roles_that_may


class Addition(msgspec.Struct, frozen=True):
    """Somebody to invite, who invites, and from where."""

    viewer_id: str
    viewer_kind: str
    workspace_id: str
    interview_id: str
    invitee_id: str
    invitation_id: str
    email: str
    name: str | None
    token_hash: str
    event_id: str
    address: str | None
    request_id: str | None


class Refusal(Enum):
    NO_SUCH_INTERVIEW = "no such interview"
    ALREADY_INVITED = "already invited"


class RoleTooLow(msgspec.Struct, frozen=True):
    role: Role


Outcome = Invitee | Refusal | RoleTooLow


_MAY_INVITE = roles_that_may(Action.HOLD)

_INSERT = f"""
WITH wanted AS (
    SELECT * FROM unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[]
    ) AS one (
        viewer_id, viewer_kind, workspace_id, interview_id, invitee_id, invitation_id, email, name, token_hash,
        event_id, address, request_id
    )
), reachable AS (
    SELECT wanted.*, m."role"::text AS role FROM wanted
    JOIN "Interview" i ON i."id" = wanted.interview_id AND i."workspaceId" = wanted.workspace_id
    JOIN "Workspace" w ON w."id" = i."workspaceId"
    JOIN "WorkspaceMember" m ON m."workspaceId" = w."id" AND m."userId" = wanted.viewer_id
    -- Always in this order, so that two such statements never wait for each other.
    ORDER BY wanted.workspace_id, wanted.interview_id, wanted.email
    FOR KEY SHARE OF w FOR SHARE OF m FOR KEY SHARE OF i
), allowed AS (
    SELECT * FROM reachable WHERE role = ANY($15)
), v AS (
    INSERT INTO "InterviewInvitee"
        ("id", "interviewId", "email", "name", "tokenHash", "linkVersion", "linkExpiresAt", "hostId", "createdAt")
    SELECT invitee_id, interview_id, email, name, token_hash, $13::integer, $14::timestamp,
        CASE viewer_kind WHEN 'user' THEN viewer_id END, utc_now() FROM allowed
    ON CONFLICT ("interviewId", "email") DO NOTHING
    RETURNING *
), invitation AS (
    INSERT INTO "Invitation" ("id", "inviteeId", "linkVersion", "createdAt")
    SELECT allowed.invitation_id, v."id", v."linkVersion", v."createdAt" FROM v
    JOIN allowed ON allowed.invitee_id = v."id"
), mails AS (
    SELECT procrastinate_defer_jobs_v1(array_agg({job_sql(SEND_INVITATION, invitation_id="allowed.invitation_id")}))
    FROM v JOIN allowed ON allowed.invitee_id = v."id" HAVING count(*) > 0
), event AS (
    INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "actorId", "actorLabel", "objectId",
        "objectLabel", "data", "address", "requestId", "createdAt")
    SELECT allowed.event_id, allowed.workspace_id, 'invitee.created', allowed.viewer_kind::"ActorKind",
        allowed.viewer_id, (SELECT COALESCE("name", "email") FROM "User" WHERE "id" = allowed.viewer_id),
        v."id", v."email",
        {event_data("allowed.workspace_id")},
        allowed.address, allowed.request_id, v."createdAt"
    FROM v JOIN allowed ON allowed.invitee_id = v."id"
)
SELECT wanted.invitee_id, reachable.role, (SELECT count(*) FROM mails), {COLUMNS}
FROM wanted
LEFT JOIN reachable ON reachable.invitee_id = wanted.invitee_id
LEFT JOIN v ON v."id" = wanted.invitee_id
"""


async def insert_invitees(
    conn: Connection, batch: Sequence[Addition], link_version: int, link_expires_at: datetime
) -> list[Outcome]:
    """Insert invitees with their first invitations and events, and defer the mails: one statement, one transaction.

    The outcomes are in the order of `batch`. Nothing is stored or deferred for who is refused.
    """
    columns = zip(*(msgspec.structs.astuple(addition) for addition in batch), strict=True)
    rows = await conn.fetch(_INSERT, *map(list, columns), link_version, link_expires_at, _MAY_INVITE)
    outcomes = {row[0]: _outcome(row) for row in rows}
    return [outcomes[addition.invitee_id] for addition in batch]


def _outcome(row: Sequence[Any]) -> Outcome:
    _, role, _, *columns = row
    if role is None:
        return Refusal.NO_SUCH_INTERVIEW
    if not may(role, Action.HOLD):
        return RoleTooLow(role)
    return Invitee(*columns) if columns[0] is not None else Refusal.ALREADY_INVITED
