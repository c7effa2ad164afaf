"""What a program can do with a key: in its workspace as far as its scope goes, and nothing anywhere else."""

from typing import Any

import psycopg
import pytest
from litestar import Litestar

from qwalo.api_keys.keys import new_key
from tests.call_rows import CallRows
from tests.contracts.asking import Ids
from tests.contracts.routes import API, OWN, PAGES, Route
from tests.domains.api_keys.house import Client, Program, make_key
from tests.people import Api, Person, interview_path, invitee_path

CLOSED = [route for route in API | PAGES | OWN if "/docs/framework" not in route[1]]


@pytest.fixture
async def examples(client: Client) -> dict[str, Any]:
    """By path and method, what the OpenAPI document says of each operation."""
    paths: dict[str, Any] = (await client.get("/openapi.json")).json()["paths"]
    return paths


@pytest.fixture
async def ids(api: Api, workspace: dict[str, Any], interview: dict[str, Any], conn: psycopg.Connection) -> Ids:
    invitee = await api.invite(interview)
    key = await make_key(api, workspace)
    return Ids(workspace["id"], interview["id"], invitee["id"], CallRows(conn).call(invitee), key["id"])


async def unusable(api: Api, client: Client, workspace: dict[str, Any], conn: psycopg.Connection) -> dict[str, Program]:
    """One key of each kind that does not work."""
    revoked, expired, known = [await make_key(api, workspace, "write") for _ in range(3)]
    await api.request("DELETE", f"/workspaces/{workspace['id']}/api-keys/{revoked['id']}")
    conn.execute("""UPDATE "ApiKey" SET "expiresAt" = utc_now() WHERE "id" = %s""", (expired["id"],))
    swapped = "A" if known["key"][10] != "A" else "B"
    texts = {
        "forged": new_key(),
        "mistyped": known["key"][:10] + swapped + known["key"][11:],
        "cut": known["key"][:-1],
        "prefix": "qwk_",
        "lengthened": known["key"] + "0",
        "revoked": revoked["key"],
        "expired": expired["key"],
    }
    return {name: Program(client, text) for name, text in texts.items()}


async def ask(program: Program, route: Route, ids: Ids, examples: dict[str, Any]) -> tuple[int, str]:
    """(status, code), with the body that is right for the route."""
    method, template = route
    body = examples.get(template, {}).get(method.lower(), {}).get("requestBody")
    example = body["content"]["application/json"]["example"] if body else None
    response = await program.request(method, ids.fill(template), example)
    is_problem = response.headers.get("content-type", "").startswith("application/problem+json")
    return response.status_code, response.json()["code"] if is_problem else ""


async def test_a_key_that_does_not_work_is_refused_on_every_route(
    api: Api,
    client: Client,
    workspace: dict[str, Any],
    conn: psycopg.Connection,
    ids: Ids,
    examples: dict[str, Any],
) -> None:
    """401 on the JSON API, 403 on pages, where no key is taken at all."""
    for name, program in (await unusable(api, client, workspace, conn)).items():
        code = "api-key-expired" if name == "expired" else "api-key-not-valid"
        for route in CLOSED:
            found = await ask(program, route, ids, examples)
            assert found == ((401, code) if route[1] in examples else (403, "")), (name, route)


async def test_the_refusal_says_what_to_do_and_not_what_was_wrong(
    api: Api, client: Client, workspace: dict[str, Any], conn: psycopg.Connection
) -> None:
    """Only whoever has held the key learns that it has expired."""
    programs = await unusable(api, client, workspace, conn)
    answers = {name: await program.request("GET", "/workspaces") for name, program in programs.items()}
    assert {answer.headers["www-authenticate"] for answer in answers.values()} == {"Bearer"}
    details = {name: answer.json()["detail"] for name, answer in answers.items()}
    expired = details.pop("expired")
    assert "expired" in expired
    assert len(set(details.values())) == 1
    assert "make a new one" in details["forged"]


async def test_the_key_of_another_workspace_finds_nothing(
    api: Api, client: Client, ids: Ids, examples: dict[str, Any], conn: psycopg.Connection
) -> None:
    """404 on every route below this one, though both are Alice's."""
    key = await make_key(api, await api.create_workspace("Other"), "write")
    program = Program(client, key["key"])
    before = conn.execute('SELECT "updatedAt" FROM "Workspace" ORDER BY "id"').fetchall()
    for route in API:
        assert (await ask(program, route, ids, examples))[0] == 404, route
    assert conn.execute('SELECT "updatedAt" FROM "Workspace" ORDER BY "id"').fetchall() == before


async def test_a_key_is_refused_on_every_page(
    api: Api, client: Client, workspace: dict[str, Any], ids: Ids, examples: dict[str, Any]
) -> None:
    """Also one that works: pages are for people."""
    program = Program(client, (await make_key(api, workspace, "write"))["key"])
    for route in CLOSED:
        if route[1] not in examples:
            response = await program.request(route[0], ids.fill(route[1]))
            assert response.status_code == 403, route
            assert "API keys are for the JSON API" in response.text


async def test_a_key_opens_no_socket(
    api: Api, app: Litestar, client: Client, workspace: dict[str, Any], ids: Ids
) -> None:
    """Though it may see the invitee."""
    key = await make_key(api, workspace, "write")
    path = ids.fill("/dashboard/workspaces/{workspace_id}/interviews/{interview_id}/invitees/{invitee_id}/call/socket")
    assert client.blocking_portal.call(socket_end, app, path, key["key"]) == 4403


@pytest.mark.parametrize("scope", ["read", "write"])
async def test_a_key_reads_its_workspace(
    api: Api, client: Client, workspace: dict[str, Any], ids: Ids, examples: dict[str, Any], scope: str
) -> None:
    """All that an observer sees; members' business, such as other keys and the audit log, it does not."""
    program = Program(client, (await make_key(api, workspace, scope))["key"])
    assert [one["id"] for one in (await program.request("GET", "/workspaces")).json()] == [workspace["id"]]
    for path in (
        "/workspaces/{workspace_id}",
        "/workspaces/{workspace_id}/interviews",
        "/workspaces/{workspace_id}/interviews/{interview_id}",
        "/workspaces/{workspace_id}/interviews/{interview_id}/invitees",
        "/workspaces/{workspace_id}/interviews/{interview_id}/invitees/{invitee_id}",
        "/workspaces/{workspace_id}/interviews/{interview_id}/calls",
        "/workspaces/{workspace_id}/interviews/{interview_id}/calls/{call_id}",
    ):
        assert await ask(program, ("GET", path), ids, examples) == (200, ""), path
    for path in ("/workspaces/{workspace_id}/api-keys", "/workspaces/{workspace_id}/audit-events"):
        assert await ask(program, ("GET", path), ids, examples) == (403, "not-allowed"), path


async def test_a_key_to_read_changes_nothing(
    api: Api, client: Client, workspace: dict[str, Any], ids: Ids, examples: dict[str, Any]
) -> None:
    """403, which names the scope and what to do."""
    program = Program(client, (await make_key(api, workspace, "read"))["key"])
    for route in API:
        if route[0] != "GET" and "missing" not in ids.fill(route[1]):
            assert await ask(program, route, ids, examples) == (403, "not-allowed"), route
    refused = await program.request(
        "POST", ids.fill("/workspaces/{workspace_id}/interviews"), {"title": "a", "mode": "video"}
    )
    assert "scope of this API key is read" in refused.json()["detail"]
    assert "scope write" in refused.json()["detail"]


async def test_a_key_to_write_holds_interviews(api: Api, client: Client, workspace: dict[str, Any]) -> None:
    """From the interview to the invitation and its revocation."""
    program = Program(client, (await make_key(api, workspace, "write"))["key"])
    interviews = f"/workspaces/{workspace['id']}/interviews"
    interview = (await program.request("POST", interviews, {"title": "Why", "mode": "video"})).json()
    invitees = f"{interview_path(interview)}/invitees"
    made = await program.request("POST", invitees, {"email": "ines@example.com"})
    assert made.status_code == 201
    assert (await program.request("DELETE", invitee_path(interview, made.json()))).status_code == 204
    assert (await program.request("DELETE", interview_path(interview))).status_code == 204


async def test_a_key_manages_nothing(
    api: Api, client: Client, workspace: dict[str, Any], ids: Ids, examples: dict[str, Any]
) -> None:
    """No settings, no deletion, and no keys."""
    key = await make_key(api, workspace, "write")
    program = Program(client, key["key"])
    for route in (
        ("PATCH", "/workspaces/{workspace_id}"),
        ("DELETE", "/workspaces/{workspace_id}"),
        ("POST", "/workspaces/{workspace_id}/api-keys"),
    ):
        assert await ask(program, route, ids, examples) == (403, "not-allowed"), route
    keys = (await api.request("GET", f"/workspaces/{workspace['id']}/api-keys")).json()
    assert {one["id"] for one in keys} == {key["id"], ids.api_key_id}


async def test_a_key_is_no_person(api: Api, client: Client, workspace: dict[str, Any]) -> None:
    """It has no account, and makes no workspace."""
    program = Program(client, (await make_key(api, workspace, "write"))["key"])
    me = await program.request("GET", "/me")
    made = await program.request("POST", "/workspaces", {"name": "a", "organizationName": "b"})
    assert (me.status_code, me.json()["code"]) == (403, "not-for-api-keys")
    assert "not a person" in me.json()["detail"]
    assert (made.status_code, made.json()["code"]) == (403, "not-for-api-keys")
    assert "of one workspace" in made.json()["detail"]


async def test_a_revoked_key_is_refused_with_the_next_request(
    api: Api, client: Client, workspace: dict[str, Any]
) -> None:
    """Nothing is remembered of the one before."""
    key = await make_key(api, workspace)
    program = Program(client, key["key"])
    assert (await program.request("GET", "/workspaces")).status_code == 200
    await api.request("DELETE", f"/workspaces/{workspace['id']}/api-keys/{key['id']}")
    assert (await program.request("GET", "/workspaces")).status_code == 401


async def test_the_last_use_is_noted_to_the_minute(
    api: Api, client: Client, workspace: dict[str, Any], conn: psycopg.Connection
) -> None:
    """The next request within it writes nothing."""
    key = await make_key(api, workspace)
    program = Program(client, key["key"])
    read = 'SELECT "lastUsedAt", xmin::text FROM "ApiKey"'
    await program.request("GET", "/workspaces")
    first = conn.execute(read).fetchone()
    assert first is not None
    assert first[0] is not None
    await program.request("GET", "/workspaces")
    assert conn.execute(read).fetchone() == first
    conn.execute("""UPDATE "ApiKey" SET "lastUsedAt" = utc_now() - interval '61 seconds'""")
    await program.request("GET", "/workspaces")
    (later, _) = conn.execute(read).fetchone() or (None, None)
    assert later >= first[0]


async def test_noting_the_use_waits_for_nobody(
    api: Api, client: Client, workspace: dict[str, Any], conn: psycopg.Connection
) -> None:
    """Somebody who has locked the key, to revoke it say, does not hold its requests up."""
    key = await make_key(api, workspace)
    with conn.transaction():
        conn.execute('SELECT FROM "ApiKey" FOR UPDATE')
        assert (await Program(client, key["key"]).request("GET", "/workspaces")).status_code == 200
    assert conn.execute('SELECT "lastUsedAt" FROM "ApiKey"').fetchone() == (None,)


async def test_a_use_that_cannot_be_noted_fails_nothing(
    api: Api, client: Client, workspace: dict[str, Any], conn: psycopg.Connection
) -> None:
    """A database that does not take writes still answers reads."""
    key = await make_key(api, workspace)
    conn.execute("""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'not now'; END $$""")
    conn.execute('CREATE TRIGGER refuse BEFORE UPDATE ON "ApiKey" FOR EACH ROW EXECUTE FUNCTION refuse()')
    assert (await Program(client, key["key"]).request("GET", "/workspaces")).status_code == 200


async def test_what_a_key_does_is_in_the_audit_log_as_its_own(
    api: Api, client: Client, workspace: dict[str, Any], conn: psycopg.Connection
) -> None:
    """With the name of the key, and not of who made it."""
    key = await make_key(api, workspace, "write", name="Importer")
    program = Program(client, key["key"])
    await program.request("POST", f"/workspaces/{workspace['id']}/interviews", {"title": "Why", "mode": "video"})
    (user_id,) = conn.execute('SELECT "userId" FROM "ApiKey"').fetchone() or (None,)
    found = conn.execute(
        """SELECT "actorKind"::text, "actorId", "actorLabel" FROM "AuditEvent" WHERE "type" = 'interview.created'"""
    ).fetchall()
    assert found == [("api_key", user_id, "Importer")]


async def test_a_session_is_not_taken_for_a_key(client: Client, alice: Person) -> None:
    """And still works as it did."""
    assert (await client.get("/me", headers=alice.headers)).status_code == 200


async def socket_end(app: Litestar, path: str, key: str) -> int:
    """The code with which the server ends the socket."""
    codes: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        if message["type"] == "websocket.close":
            codes.append(message["code"])

    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"qwalo.test"), (b"authorization", f"Bearer {key}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("qwalo.test", 80),
        "subprotocols": [],
        "state": {},
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    return codes[0]
