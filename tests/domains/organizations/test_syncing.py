"""Organizations, their members and their workspaces, told in any order and at the same time (security.md, G4)."""

import asyncio
import itertools
from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qwalo.identity.clerk.events import ClerkEvent, ClerkWebhooks
from qwalo.identity.clerk.tokens import ActiveOrganization
from qwalo.identity.syncing import apply_clerk_event
from qwalo.organizations import syncing
from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.ids import cuid
from tests.clerk import WEBHOOK_SECRET, ClerkStandIn, user_id

NOW = 1_700_000_000
CLERK = ClerkStandIn(now=lambda: NOW)
WEBHOOKS = ClerkWebhooks(WEBHOOK_SECRET, now=lambda: NOW)
ROLES = ("org:admin", "org:member", "org:viewer")
DERIVED = ("admin", "member", "observer")
numbers = itertools.count(1)


class History(msgspec.Struct):
    """What happened at Clerk to an organization and one person's place in it, and what is told of it, shuffled."""

    renames: int
    changes: int
    ended: bool
    end_has_own_time: bool
    came_back: bool
    deleted: bool
    told: list[tuple[str, int]]


@st.composite
def histories(draw: st.DrawFn) -> History:
    renames, changes = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    ended = draw(st.booleans())
    came_back = ended and draw(st.booleans())
    deleted = draw(st.integers(0, 3)) == 0
    facts = [("renamed", step) for step in range(renames)] + [("changed", step) for step in range(changes)]
    facts += [("known", 0), ("workspace", 0)]
    facts += [("ended", 0)] * ended + [("back", 0)] * came_back + [("deleted", 0)] * deleted
    # Whatever a token of before all this says, the events know better.
    repeats = draw(st.lists(st.sampled_from([*facts, ("token", 0)]), max_size=6))
    return History(
        renames, changes, ended, draw(st.booleans()), came_back, deleted, draw(st.permutations([*facts, *repeats]))
    )


class Case:
    """One organization, its person, and an owner of its workspace who is not in it."""

    def __init__(self) -> None:
        number = next(numbers)
        self.organization = f"org_{number}"
        self.person = user_id(number)
        self.owner = cuid()
        self.workspace: str | None = None

    async def tell(self, conn: Connection, kind: str, step: int, history: History) -> None:
        if kind == "token":
            made_at = datetime.fromtimestamp(NOW - 60, UTC)
            await syncing.enter(conn, self.person, ActiveOrganization(self.organization, "observer"), made_at)
        elif kind == "workspace":
            await self.make_workspace(conn)
        else:
            event = self.event(kind, step, history)
            await apply_clerk_event(conn, event)
            await syncing.apply_clerk_event(conn, event)

    def event(self, kind: str, step: int, history: History) -> ClerkEvent | None:
        """Through the whole of the webhook's way."""
        moment = NOW * 1000 + step
        match kind:
            case "renamed":
                name, data = (
                    "organization.updated",
                    CLERK.organization(self.organization, f"Acme {step}", updated_at=moment),
                )
            case "changed":
                name, data = "organizationMembership.updated", self.membership(ROLES[step], moment)
            case "ended":
                last = NOW * 1000 + history.changes - 1
                moment = last + 50 if history.end_has_own_time else last
                name, data = "organizationMembership.deleted", self.membership(ROLES[history.changes - 1], moment)
            case "back":
                name, data = "organizationMembership.created", self.membership("org:viewer", NOW * 1000 + 100)
            case "deleted":
                name, data = "organization.deleted", {"id": self.organization, "deleted": True}
            case _:
                name, data = "user.created", CLERK.user(self.person)
        return WEBHOOKS.read(*CLERK.webhook(name, data))

    def membership(self, role: str, updated_at: int) -> dict[str, Any]:
        """The organization is told of as it was at first."""
        return CLERK.membership(
            self.organization, self.person, role, updated_at=updated_at, name="Acme 0", named_at=NOW * 1000
        )

    async def make_workspace(self, conn: Connection) -> None:
        """In the organization, if that is known by now; once."""
        if self.workspace is not None:
            return
        found = await conn.fetchrow('SELECT "id" FROM "Organization" WHERE "clerkOrgId" = $1', self.organization)
        if found is not None:
            self.workspace = cuid()
            await conn.execute('INSERT INTO "User" ("id", "clerkUserId") VALUES ($1, $1)', self.owner)
            await conn.execute(
                """
                INSERT INTO "Workspace" ("id", "name", "organizationName", "ownerId", "organizationId")
                VALUES ($1, 'Research', 'Typed', $2, $3)
                """,
                self.workspace,
                self.owner,
                found[0],
            )

    async def members(self, conn: Connection) -> list[tuple[str, bool]]:
        """(role, whether it follows from the organization) of the person."""
        rows = await conn.fetch(
            """
            SELECT m."role"::text, m."organizationId" IS NOT NULL FROM "WorkspaceMember" m
            JOIN "User" u ON u."id" = m."userId" WHERE m."workspaceId" = $1 AND u."clerkUserId" = $2
            """,
            self.workspace,
            self.person,
        )
        return [tuple(row) for row in rows]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories())
async def test_events_in_any_order_and_number_end_in_one_state(database: Database, history: History) -> None:
    """Of the organization's name, the person's role in its workspace, and what the audit log tells of it."""
    case = Case()
    for kind, step in history.told:
        async with database.transaction() as conn:
            await case.tell(conn, kind, step, history)
    async with database.transaction() as conn:
        await case.make_workspace(conn)
        organization = await conn.fetchrow(
            'SELECT "name" FROM "Organization" WHERE "clerkOrgId" = $1', case.organization
        )
        if history.deleted:
            assert organization is None
            assert await conn.fetch('SELECT FROM "OrganizationMember" WHERE "clerkOrgId" = $1', case.organization) == []
            assert await case.members(conn) == []
            return
        assert organization is not None
        assert organization[0] == f"Acme {history.renames - 1}"
        workspace = await conn.fetchrow('SELECT "organizationName" FROM "Workspace" WHERE "id" = $1', case.workspace)
        assert workspace is not None
        assert workspace[0] == organization[0]
        role = DERIVED[history.changes - 1] if not history.ended else "observer" if history.came_back else None
        assert await case.members(conn) == ([] if role is None else [(role, True)])
        [told] = await conn.fetch(
            """
            SELECT count(*) FILTER (WHERE "type" = 'member.joined') - count(*) FILTER (WHERE "type" = 'member.removed')
            FROM "AuditEvent" WHERE "workspaceId" = $1
            """,
            case.workspace,
        )
        assert told[0] == (0 if role is None else 1)


async def test_events_at_the_same_time_end_in_one_state(database: Database) -> None:
    """Several processes may get deliveries of one organization at once, while people and workspaces appear."""
    told = [*(("renamed", step) for step in (1, 0, 2)), *(("changed", step) for step in (1, 0, 2))]
    history = History(3, 3, False, False, False, False, [])
    for _ in range(15):
        case = Case()

        async def apply(kind: str, step: int, case: Case = case) -> None:
            async with database.transaction() as conn:
                await case.tell(conn, kind, step, history)

        await apply("renamed", 0)
        await asyncio.gather(
            *(apply(*fact) for fact in [*told[:3], ("known", 0), ("workspace", 0), *told[3:], ("token", 0)])
        )
        async with database.connection() as conn:
            assert await case.members(conn) == [("observer", True)]
            row = await conn.fetchrow('SELECT "organizationName" FROM "Workspace" WHERE "id" = $1', case.workspace)
            assert row is not None
            assert row[0] == "Acme 2"


async def test_a_deletion_wins_over_tokens_at_the_same_time(database: Database) -> None:
    """Whichever comes first, an organization that Clerk has deleted is not there afterwards."""
    history = History(1, 1, False, False, False, True, [])
    for _ in range(15):
        case = Case()

        async def apply(kind: str, case: Case = case) -> None:
            async with database.transaction() as conn:
                await case.tell(conn, kind, 0, history)

        await asyncio.gather(*(apply(kind) for kind in ("token", "deleted", "changed", "token", "renamed")))
        async with database.connection() as conn:
            assert await conn.fetch('SELECT FROM "Organization" WHERE "clerkOrgId" = $1', case.organization) == []
            assert await conn.fetch('SELECT FROM "OrganizationMember" WHERE "clerkOrgId" = $1', case.organization) == []


async def test_a_membership_waits_for_the_person_who_becomes_known(database: Database) -> None:
    """Neither misses the other: what is not committed yet is not seen, so one waits."""
    history = History(1, 1, False, False, False, False, [])
    case = Case()
    async with database.transaction() as conn:
        await case.tell(conn, "renamed", 0, history)
        await case.make_workspace(conn)

    async def change() -> None:
        async with database.transaction() as conn:
            await case.tell(conn, "changed", 0, history)

    async with database.transaction() as conn:
        await case.tell(conn, "known", 0, history)
        waiting = asyncio.create_task(change())
        async with database.connection() as other:
            while not (await other.fetch("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")):
                assert not waiting.done()
    await waiting
    async with database.connection() as conn:
        assert await case.members(conn) == [("admin", True)]
