"""Every route of a workspace for every role and for API keys of both scopes (G8 of the promises)."""

from collections.abc import Awaitable, Callable

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.settings import Settings
from qwalo.workspaces.roles import Role, may
from tests.call_rows import CallRows
from tests.contracts.asking import Asker, Ids, dump
from tests.contracts.roles import ELSEWHERE, NEEDS, READ, ROUTES, table
from tests.contracts.routes import API, TENANT, Route, V
from tests.contracts.test_tenancy import _furnish, _status
from tests.people import Api, People, Person

Client = AsyncTestClient[Litestar]

# A key acts as this role.
KEYS: dict[str, Role] = {"read": "observer", "write": "member"}


class KeyHolder(Person):
    """A program with an API key."""

    def __init__(self, key: str) -> None:
        self.headers = {"Authorization": f"Bearer {key}"}


@pytest.fixture
async def asker(client: Client, settings: Settings) -> Asker:
    return Asker(client, settings, (await client.get("/openapi.json")).json()["paths"])


def test_every_route_says_what_it_needs() -> None:
    assert NEEDS.keys() | READ == ROUTES
    assert not NEEDS.keys() & READ
    assert TENANT.keys() >= ELSEWHERE


@pytest.mark.parametrize("role", ["admin", "member", "observer"])
async def test_a_role_that_is_too_low_is_refused_and_changes_nothing(
    app: Litestar,
    asker: Asker,
    client: Client,
    conn: psycopg.Connection,
    people: People,
    alice: Person,
    bob: Person,
    role: Role,
) -> None:
    ids = await _furnish(Api(client, alice), CallRows(conn))
    people.join({"id": ids.workspace_id}, bob, role)
    before = dump(conn)
    refused = {route for route, action in table().items() if not may(role, action)}
    answers = {route: await _status(app, asker, route, ids, bob) for route in refused}
    assert answers == dict.fromkeys(refused, 403)
    assert dump(conn) == before


@pytest.mark.parametrize("role", ["admin", "member", "observer"])
async def test_a_role_that_is_high_enough_is_answered_as_the_owner_is(
    app: Litestar,
    asker: Asker,
    client: Client,
    conn: psycopg.Connection,
    people: People,
    alice: Person,
    bob: Person,
    role: Role,
) -> None:
    async def workspace() -> Ids:
        ids = await _furnish(Api(client, alice), CallRows(conn))
        people.join({"id": ids.workspace_id}, bob, role)
        return ids

    allowed = {route: TENANT[route].owner for route, action in table().items() if may(role, action)}
    if role == "observer":
        allowed["GET", f"/dashboard{V}/call"] = 303
    assert await _answers(app, asker, workspace, bob, allowed) == allowed


@pytest.mark.parametrize("scope", KEYS)
async def test_a_key_is_answered_as_its_role_is(
    app: Litestar, asker: Asker, client: Client, conn: psycopg.Connection, alice: Person, scope: str
) -> None:
    role = KEYS[scope]
    expected = {route: TENANT[route].owner if may(role, table()[route]) else 403 for route in API}
    answers = {}
    for route in API:
        ids = await _furnish(Api(client, alice), CallRows(conn))
        key = await _key(Api(client, alice), ids, scope)
        answers[route] = await _status(app, asker, route, ids, key)
    assert answers == expected


@pytest.mark.parametrize("scope", KEYS)
async def test_a_key_of_another_workspace_finds_nothing(
    app: Litestar, asker: Asker, client: Client, conn: psycopg.Connection, alice: Person, scope: str
) -> None:
    """Although the same person owns both."""
    ids, other = [await _furnish(Api(client, alice), CallRows(conn)) for _ in range(2)]
    key = await _key(Api(client, alice), other, scope)
    before = _without_last_use(dump(conn))
    answers = {route: await _status(app, asker, route, ids, key) for route in API}
    assert answers == dict.fromkeys(API, 404)
    assert _without_last_use(dump(conn)) == before


async def _answers(
    app: Litestar, asker: Asker, workspace: Callable[[], Awaitable[Ids]], person: Person, routes: dict[Route, int]
) -> dict[Route, int]:
    answers = {}
    seen: Ids | None = None
    for route in routes:
        # Looking changes nothing, so it can all be done in one workspace.
        if route[0] != "GET" or seen is None:
            seen = await workspace()
        answers[route] = await _status(app, asker, route, seen, person)
    return answers


async def _key(api: Api, ids: Ids, scope: str) -> KeyHolder:
    made = await api.request("POST", f"/workspaces/{ids.workspace_id}/api-keys", {"name": scope, "scope": scope})
    return KeyHolder(made.json()["key"])


def _without_last_use(rows: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
    """When a key was used last is written whatever it is used for."""
    volatile = {"lastUsedAt", "updatedAt"}
    keys = [{name: value for name, value in row.items() if name not in volatile} for row in rows['public."ApiKey"']]
    return rows | {'public."ApiKey"': keys}
