"""The SQL statement that adds invitees, several at a time, each through a workspace of its own viewer."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import msgspec

from qwalo.invitees.models import SEND_INVITATION, Invitee
from qwalo.invitees.repository import COLUMNS
from qwalo.platform.db.pool import Connection
from qwalo.platform.jobs.queue import job_sql


class Addition(msgspec.Struct, frozen=True):
    """Somebody to invite, and who invites."""

    viewer_id: str
    workspace_id: str
    interview_id: str
    invitee_id: str
    invitation_id: str
    email: str
    name: str | None
    token_hash: str


class Refusal(Enum):
    NO_SUCH_INTERVIEW = "no such interview"
    ALREADY_INVITED = "already invited"


_INSERT = f"""
WITH wanted AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
    AS one (viewer_id, workspace_id, interview_id, invitee_id, invitation_id, email, name, token_hash)
), allowed AS (
    SELECT wanted.* FROM wanted
    JOIN "Interview" i ON i."id" = wanted.interview_id
    JOIN "Workspace" w ON w."id" = i."workspaceId"
    WHERE w."id" = wanted.workspace_id AND w."ownerId" = wanted.viewer_id
    -- Always in this order, so that two such statements never wait for each other.
    ORDER BY wanted.interview_id, wanted.email
    FOR KEY SHARE OF i
), v AS (
    INSERT INTO "InterviewInvitee"
        ("id", "interviewId", "email", "name", "tokenHash", "linkVersion", "linkExpiresAt", "createdAt")
    SELECT invitee_id, interview_id, email, name, token_hash, $9::integer, $10::timestamp, utc_now() FROM allowed
    ON CONFLICT ("interviewId", "email") DO NOTHING
    RETURNING *
), invitation AS (
    INSERT INTO "Invitation" ("id", "inviteeId", "linkVersion", "createdAt")
    SELECT allowed.invitation_id, v."id", v."linkVersion", v."createdAt" FROM v
    JOIN allowed ON allowed.invitee_id = v."id"
), mails AS (
    SELECT procrastinate_defer_jobs_v1(array_agg({job_sql(SEND_INVITATION, invitation_id="allowed.invitation_id")}))
    FROM v JOIN allowed ON allowed.invitee_id = v."id" HAVING count(*) > 0
)
SELECT wanted.invitee_id, allowed.invitee_id IS NOT NULL, (SELECT count(*) FROM mails), {COLUMNS}
FROM wanted
LEFT JOIN allowed ON allowed.invitee_id = wanted.invitee_id
LEFT JOIN v ON v."id" = wanted.invitee_id
"""


async def insert_invitees(
    conn: Connection, batch: Sequence[Addition], link_version: int, link_expires_at: datetime
) -> list[Invitee | Refusal]:
    """Insert invitees with their first invitations and defer the mails: one statement, so one transaction.

    The outcomes are in the order of `batch`. Nothing is stored or deferred for who is refused.
    """
    columns = zip(*(msgspec.structs.astuple(addition) for addition in batch), strict=True)
    rows = await conn.fetch(_INSERT, *map(list, columns), link_version, link_expires_at)
    outcomes = {row[0]: _outcome(row) for row in rows}
    return [outcomes[addition.invitee_id] for addition in batch]


def _outcome(row: Sequence[object]) -> Invitee | Refusal:
    _, allowed, _, *columns = row
    if not allowed:
        return Refusal.NO_SUCH_INTERVIEW
    return Invitee(*columns) if columns[0] is not None else Refusal.ALREADY_INVITED  # type: ignore[arg-type]
