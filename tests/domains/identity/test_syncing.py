"""Users as Clerk and their tokens tell them, in any order and at the same time (security.md, G4)."""

import asyncio
import itertools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qwalo.identity import repository
from qwalo.identity.clerk.events import ClerkEvent, ClerkWebhooks, UserDeleted
from qwalo.identity.syncing import apply_clerk_event
from qwalo.platform.db.pool import Connection, Database
from tests.clerk import WEBHOOK_SECRET, ClerkStandIn, user_id

NOW = 1_800_000_000
CLERK = ClerkStandIn(now=lambda: NOW)
WEBHOOKS = ClerkWebhooks(WEBHOOK_SECRET, now=lambda: NOW)
people = itertools.count(1)


def event(kind: str, person: str, step: int = 0) -> ClerkEvent | None:
    """What the person was at that step, through the whole of the webhook's way."""
    if kind == "user.deleted":
        return WEBHOOKS.read(*CLERK.webhook(kind, {"object": "user", "id": person, "deleted": True}))
    data = CLERK.user(person, email=f"step{step}@example.com", updated_at=NOW * 1000 + step, first_name=f"{step}")
    return WEBHOOKS.read(*CLERK.webhook(kind, data))


async def state(database: Database, person: str) -> list[tuple[Any, ...]]:
    async with database.connection() as conn:
        rows = await conn.fetch('SELECT "email", "name" FROM "User" WHERE "clerkUserId" = $1', person)
        return [tuple(row) for row in rows]


STEPS = st.integers(1, 5)
HISTORIES = st.tuples(STEPS, st.booleans()).flatmap(
    lambda drawn: st.tuples(
        st.just(drawn),
        st.permutations([*range(drawn[0]), *([-1] if drawn[1] else [])]),
        st.lists(st.integers(-2, drawn[0] - 1), max_size=6),
        st.randoms(use_true_random=False),
    )
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES)
async def test_events_in_any_order_and_number_end_in_one_state(database: Database, history: Any) -> None:
    """Created, updated and deleted, shuffled, repeated, with sign-ins between them: the newest counts."""
    (steps, deleted), order, repeats, random = history
    person = user_id(next(people))
    # -1 is the deletion, -2 a sign-in; a repetition of the deletion only counts where there is one.
    sequence = [*order, *(step for step in repeats if step != -1 or deleted)]
    random.shuffle(sequence)
    for step in sequence:
        async with database.transaction() as conn:
            if step == -2:
                await repository.unscoped_sign_in_clerk_user(conn, person, "token@example.com", "Token")
            elif step == -1:
                await apply_clerk_event(conn, event("user.deleted", person))
            else:
                kind = "user.created" if step == 0 else "user.updated"
                await apply_clerk_event(conn, event(kind, person, step))
    newest = (f"step{steps - 1}@example.com", f"{steps - 1} Lovelace")
    assert await state(database, person) == ([] if deleted else [newest])


async def test_events_at_the_same_time_end_in_one_state(database: Database) -> None:
    """Several processes may get the deliveries of one person at once."""

    async def apply(what: ClerkEvent | None) -> None:
        async with database.transaction() as conn:
            await apply_clerk_event(conn, what)

    for _ in range(10):
        person = user_id(next(people))
        await asyncio.gather(*(apply(event("user.updated", person, step)) for step in (2, 0, 3, 1, 3)))
        assert await state(database, person) == [("step3@example.com", "3 Lovelace")]


async def sign_in(database: Database, person: str, email: str | None = None) -> str | None:
    async with database.connection() as conn:
        return await repository.unscoped_sign_in_clerk_user(conn, person, email, None)


async def test_simultaneous_first_sign_ins_make_one_user(database: Database) -> None:
    """A page that loads ten things at once does not make ten people."""
    person = user_id(next(people))
    ids = await asyncio.gather(*(sign_in(database, person) for _ in range(10)))
    assert len(set(ids)) == 1
    assert len(await state(database, person)) == 1


async def test_a_deletion_wins_over_sign_ins_at_the_same_time(database: Database) -> None:
    """Whichever comes first, nobody whom Clerk has deleted is there afterwards."""

    async def delete(person: str) -> None:
        async with database.transaction() as conn:
            await apply_clerk_event(conn, UserDeleted(person))

    for _ in range(20):
        person = user_id(next(people))
        await asyncio.gather(
            sign_in(database, person), delete(person), sign_in(database, person), sign_in(database, person)
        )
        assert await state(database, person) == []
        assert await sign_in(database, person) is None


async def advisory_waiters(conn: Connection) -> int:
    row = await conn.fetchrow(
        """
        SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
        WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
        """
    )
    assert row is not None
    return int(row[0])


async def test_a_sign_in_waits_for_the_deletion_that_is_under_way(database: Database) -> None:
    """A sign-in that began before the deletion was committed does not bring the person back."""
    person = user_id(next(people))
    async with database.transaction() as conn:
        await apply_clerk_event(conn, UserDeleted(person))
        waiting = asyncio.create_task(sign_in(database, person))
        async with database.connection() as other:
            while not await advisory_waiters(other):
                assert not waiting.done()
    assert await waiting is None
    assert await state(database, person) == []


async def test_a_token_fills_only_what_is_not_known(database: Database) -> None:
    """What Clerk's events have told is not overwritten by an older token."""
    person = user_id(next(people))
    await sign_in(database, person)
    await sign_in(database, person, "first@example.com")
    await sign_in(database, person, "second@example.com")
    assert await state(database, person) == [("first@example.com", None)]


async def test_the_own_row_is_found_by_the_viewers_id(database: Database) -> None:
    """The row carries the mission's fields, with times as the API shows them."""
    person = user_id(next(people))
    viewer_id = await sign_in(database, person, "ada@example.com")
    assert viewer_id is not None
    async with database.connection() as conn:
        user = await repository.find_user(conn, viewer_id)
        missing = await repository.find_user(conn, person)
    assert user is not None
    assert (user.id, user.clerkUserId, user.email, user.name) == (viewer_id, person, "ada@example.com", None)
    assert user.createdAt.endswith("Z")
    assert user.createdAt == user.updatedAt
    assert missing is None


async def test_a_deletion_takes_the_workspaces_along(database: Database) -> None:
    """Nothing of a deleted person is left."""
    person = user_id(next(people))
    owner = await sign_in(database, person)
    async with database.transaction() as conn:
        await conn.execute(
            """
            INSERT INTO "Workspace" ("id", "name", "organizationName", "ownerId")
            VALUES ($1, 'Research', 'Acme', $1)
            """,
            owner,
        )
        await apply_clerk_event(conn, UserDeleted(person))
    async with database.connection() as conn:
        assert await conn.fetchrow('SELECT FROM "Workspace" WHERE "id" = $1', owner) is None
