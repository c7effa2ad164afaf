"""The JSON API of API keys, as a person uses it."""

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from qwalo.api_keys.service import MAX_LIVE_KEYS
from tests.domains.api_keys.house import Client, Program, make_key
from tests.people import Api, People, Person


def path_of(workspace: dict[str, Any], key: dict[str, Any] | None = None) -> str:
    return f"/workspaces/{workspace['id']}/api-keys" + (f"/{key['id']}" if key else "")


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def test_a_key_is_shown_once(api: Api, workspace: dict[str, Any]) -> None:
    """Neither the list nor the key's own address has it."""
    made = await make_key(api, workspace, "write")
    seen = {name: value for name, value in made.items() if name != "key"}
    assert (await api.request("GET", path_of(workspace))).json() == [seen]
    assert (await api.request("GET", path_of(workspace, made))).json() == seen
    assert made["key"].endswith(made["hint"])


async def test_a_key_says_who_made_it_and_what_it_may(api: Api, workspace: dict[str, Any], alice: Person) -> None:
    """And is absent about what has not happened."""
    made = await make_key(api, workspace, "read")
    assert made["createdBy"] == {"id": alice.id, "name": "Alice"}
    assert made["scope"] == "read"
    assert made.keys().isdisjoint({"expiresAt", "lastUsedAt", "revokedAt"})


async def test_only_a_hash_is_kept(api: Api, workspace: dict[str, Any], conn: psycopg.Connection) -> None:
    """SHA-256 of the whole key."""
    made = await make_key(api, workspace)
    (kept,) = conn.execute('SELECT to_jsonb(k) FROM "ApiKey" k').fetchone() or ({},)
    assert kept["tokenHash"] == hashlib.sha256(made["key"].encode()).hexdigest()
    assert made["key"] not in str(kept)
    assert made["key"][4:20] not in str(conn.execute('SELECT to_jsonb(u) FROM "User" u').fetchall())


@pytest.mark.parametrize("more", [{"expiresInDays": 30}, {"expiresAt": in_days(30)}], ids=["days", "moment"])
async def test_an_end_can_be_given_in_two_ways(api: Api, workspace: dict[str, Any], more: dict[str, Any]) -> None:
    """Whole milliseconds in UTC, either way."""
    made = await make_key(api, workspace, **more)
    left = datetime.fromisoformat(made["expiresAt"]) - datetime.now(UTC)
    assert timedelta(days=29) < left <= timedelta(days=30)
    assert (await api.request("GET", path_of(workspace, made))).json()["expiresAt"] == made["expiresAt"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"name": " ", "scope": "read"}, "name", id="empty name"),
        pytest.param({"name": "a" * 201, "scope": "read"}, "name", id="long name"),
        pytest.param({"name": "a\nb", "scope": "read"}, "name", id="line break"),
        pytest.param({"scope": "read"}, "name", id="no name"),
        pytest.param({"name": "a", "scope": "admin"}, "scope", id="unknown scope"),
        pytest.param({"name": "a"}, "scope", id="no scope"),
        pytest.param({"name": "a", "scope": "read", "expiresAt": in_days(-1)}, "expiresAt", id="past"),
        pytest.param({"name": "a", "scope": "read", "expiresAt": in_days(5 * 365 + 1)}, "expiresAt", id="far"),
        pytest.param({"name": "a", "scope": "read", "expiresAt": "2099-01-01T00:00:00"}, "expiresAt", id="no zone"),
        pytest.param({"name": "a", "scope": "read", "expiresAt": "0001-01-01T00:00:00+14:00"}, "expiresAt", id="first"),
        pytest.param({"name": "a", "scope": "read", "expiresAt": "9999-12-31T23:59:59-14:00"}, "expiresAt", id="last"),
        pytest.param({"name": "a", "scope": "read", "expiresAt": "soon"}, "expiresAt", id="no moment"),
        pytest.param({"name": "a", "scope": "read", "expiresInDays": 0}, "expiresInDays", id="no days"),
        pytest.param({"name": "a", "scope": "read", "expiresInDays": 1826}, "expiresInDays", id="many days"),
        pytest.param(
            {"name": "a", "scope": "read", "expiresInDays": 1, "expiresAt": in_days(1)}, "expiresInDays", id="both ends"
        ),
        pytest.param({"name": "a", "scope": "read", "key": "qwk_mine"}, "key", id="a key of one's own"),
    ],
)
async def test_what_cannot_be_used_is_named(
    api: Api, workspace: dict[str, Any], body: dict[str, Any], field: str
) -> None:
    """422 with the field, and no key."""
    response = await api.request("POST", path_of(workspace), body)
    assert response.status_code == 422, response.text
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert (await api.request("GET", path_of(workspace))).json() == []


async def test_a_revoked_key_stays_in_the_list(api: Api, workspace: dict[str, Any], conn: psycopg.Connection) -> None:
    """Without the membership by which it saw anything; revoking it again changes nothing."""
    made = await make_key(api, workspace)
    assert (await api.request("DELETE", path_of(workspace, made))).status_code == 204
    revoked = (await api.request("GET", path_of(workspace, made))).json()
    assert "revokedAt" in revoked
    assert (await api.request("DELETE", path_of(workspace, made))).status_code == 204
    assert (await api.request("GET", path_of(workspace))).json() == [revoked]
    members = conn.execute("""SELECT FROM "WorkspaceMember" m JOIN "User" u ON u."id" = m."userId"
        WHERE u."clerkUserId" LIKE 'key\\_%'""").fetchall()
    assert members == []


async def test_the_list_is_newest_first_in_pages(api: Api, workspace: dict[str, Any]) -> None:
    """As every list."""
    made = [(await make_key(api, workspace))["id"] for _ in range(3)]
    first = await api.request("GET", f"{path_of(workspace)}?limit=2")
    assert [key["id"] for key in first.json()] == [made[2], made[1]]
    rest = await api.request("GET", first.links["next"]["url"])
    assert [key["id"] for key in rest.json()] == [made[0]]


async def test_a_workspace_has_at_most_fifty_keys_that_work(
    api: Api, workspace: dict[str, Any], conn: psycopg.Connection
) -> None:
    """Revoked and expired ones do not count; of many at the same moment, none goes past the bound."""
    made = [await make_key(api, workspace) for _ in range(MAX_LIVE_KEYS - 1)]
    body = {"name": "One more", "scope": "read"}
    answers = await asyncio.gather(*(api.request("POST", path_of(workspace), body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert refused["code"] == "too-many-api-keys"
    await api.request("DELETE", path_of(workspace, made[0]))
    await make_key(api, workspace)
    conn.execute("""UPDATE "ApiKey" SET "expiresAt" = utc_now() WHERE "id" = %s""", (made[1]["id"],))
    await make_key(api, workspace)
    assert (await api.request("POST", path_of(workspace), body)).status_code == 409


@pytest.mark.parametrize("role", ["member", "observer"])
async def test_who_does_not_manage_sees_and_makes_no_keys(
    api: Api, client: Client, workspace: dict[str, Any], people: People, conn: psycopg.Connection, role: str
) -> None:
    """403, with what to do."""
    made = await make_key(api, workspace)
    mara = people.add("Mara", "mara@example.com")
    add_member(conn, workspace, mara, role)
    for method, path in (
        ("GET", path_of(workspace)),
        ("GET", path_of(workspace, made)),
        ("DELETE", path_of(workspace, made)),
        ("POST", path_of(workspace)),
    ):
        body = {"name": "Mine", "scope": "write"} if method == "POST" else None
        response = await Api(client, mara).request(method, path, body)
        assert (response.status_code, response.json()["code"]) == (403, "not-allowed"), (method, path)
        assert role in response.json()["detail"]
    assert len((await api.request("GET", path_of(workspace))).json()) == 1


async def test_a_key_of_another_workspace_is_not_there(api: Api, workspace: dict[str, Any]) -> None:
    """Though both are Alice's."""
    made = await make_key(api, workspace)
    other = await api.create_workspace("Other")
    for method in ("GET", "DELETE"):
        response = await api.request(method, path_of(other, made))
        assert (response.status_code, response.json()["code"]) == (404, "api-key-not-found")
    assert "revokedAt" not in (await api.request("GET", path_of(workspace, made))).json()


async def test_making_and_revoking_are_in_the_audit_log(
    api: Api, workspace: dict[str, Any], conn: psycopg.Connection, alice: Person
) -> None:
    """With the name and without the key; a second revocation is no event."""
    made = await make_key(api, workspace, "write")
    await api.request("DELETE", path_of(workspace, made))
    await api.request("DELETE", path_of(workspace, made))
    rows = conn.execute(
        """SELECT "type", "actorKind"::text, "actorId", "objectId", "objectLabel" FROM "AuditEvent"
        WHERE "type" LIKE 'api_key.%' ORDER BY "createdAt", "id" """
    ).fetchall()
    assert rows == [
        (kind, "user", alice.id, made["id"], "A key to write") for kind in ("api_key.created", "api_key.revoked")
    ]


async def test_a_key_goes_with_its_workspace(api: Api, workspace: dict[str, Any], conn: psycopg.Connection) -> None:
    """And its user with it."""
    await make_key(api, workspace)
    assert (await api.request("DELETE", f"/workspaces/{workspace['id']}")).status_code == 204
    assert conn.execute("""SELECT FROM "User" WHERE "clerkUserId" LIKE 'key\\_%'""").fetchall() == []


async def test_the_maker_may_leave(
    api: Api, client: Client, workspace: dict[str, Any], people: People, conn: psycopg.Connection
) -> None:
    """The key works on: it is the workspace's."""
    mara = people.add("Mara", "mara@example.com")
    add_member(conn, workspace, mara, "admin")
    made = await make_key(Api(client, mara), workspace)
    conn.execute('DELETE FROM "User" WHERE "id" = %s', (mara.id,))
    seen = await Program(client, made["key"]).request("GET", f"/workspaces/{workspace['id']}")
    assert seen.status_code == 200
    assert "createdBy" not in (await api.request("GET", path_of(workspace, made))).json()


def add_member(conn: psycopg.Connection, workspace: dict[str, Any], person: Person, role: str) -> None:
    conn.execute(
        """INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "joinedAt")
        VALUES (%s, %s, %s, %s, utc_now())""",
        (f"m{person.id}", workspace["id"], person.id, role),
    )
