"""The SQL of the bar that shows those who hold interviews who waits to be let in, in whichever interview."""

import msgspec

from qwalo.platform.db.pool import Connection
from qwalo.workspaces.roles import Action, roles_that_may

# So many are told of by name; beyond that only their number matters.
MAX_NAMED = 20


class WaitingInvitee(msgspec.Struct, frozen=True):
    """Somebody who waits since `since`, and whether a host is in that room already, and sees them there."""

    invitee_id: str
    name: str
    since: str
    title: str
    interview_id: str
    workspace_id: str
    attended: bool

    @property
    def room_path(self) -> str:
        """Of the host's page."""
        return (
            f"/dashboard/workspaces/{self.workspace_id}/interviews/{self.interview_id}/invitees/{self.invitee_id}/call"
        )


class Waiting(msgspec.Struct, frozen=True):
    """All whom somebody may let in: how many, and who has waited longest."""

    total: int
    people: list[WaitingInvitee]


async def find_waiting(conn: Connection, viewer_id: str) -> Waiting:
    rows = await conn.fetch(
        """
        SELECT count(*) OVER (), v."id", COALESCE(v."name", v."email"), iso8601(COALESCE(s."enteredAt", s."createdAt")),
            i."title", i."id", i."workspaceId",
            EXISTS (
                SELECT FROM "CallSeat" host
                WHERE host."roomId" = r."id" AND host."role" = 'host' AND host."connectionId" IS NOT NULL
            )
        FROM "CallSeat" s
        JOIN "CallRoom" r ON r."id" = s."roomId"
        JOIN "InterviewInvitee" v ON v."id" = r."inviteeId"
        JOIN "Interview" i ON i."id" = v."interviewId"
        JOIN "WorkspaceMember" m ON m."workspaceId" = i."workspaceId"
        -- A seat that is taken has a server as well: by its index the few that are taken are found among all.
        WHERE m."userId" = $1 AND m."role"::text = ANY($3)
            AND s."role" = 'invitee' AND s."connectionId" IS NOT NULL AND s."serverId" IS NOT NULL
            AND r."admittedAt" IS NULL AND r."declinedAt" IS NULL AND v."status" <> 'completed'
        ORDER BY s."enteredAt", s."id" LIMIT $2
        """,
        viewer_id,
        MAX_NAMED,
        roles_that_may(Action.HOLD),
    )
    return Waiting(rows[0][0] if rows else 0, [WaitingInvitee(*row[1:]) for row in rows])
