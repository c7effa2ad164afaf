"""A POST with an `Idempotency-Key`: acts once, and is answered as the first time."""

from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.app import MAX_BODY
from qwalo.identity.local.sessions import Sessions
from qwalo.platform.db.pool import Database
from qwalo.platform.http import answers
from qwalo.settings import Settings
from tests.people import Api, Person, interview_path, invitee_path

Client = AsyncTestClient[Litestar]

WORKSPACE = {"name": "Research", "organizationName": "Acme"}


@pytest.fixture
def api(client: Client, alice: Person) -> Api:
    return Api(client, alice)


async def post(
    client: Client, person: Person, key: str, path: str = "/workspaces", body: Any = None, **headers: str
) -> Response:
    body = WORKSPACE if body is None else body
    return await client.post(path, json=body, headers=person.headers | {"Idempotency-Key": key} | headers)


def count(conn: psycopg.Connection, table: str) -> int:
    (number,) = conn.execute(f'SELECT count(*) FROM "{table}"').fetchone() or (0,)
    return int(number)


async def test_the_same_request_acts_once(client: Client, alice: Person, conn: psycopg.Connection) -> None:
    """The second is answered as the first was, and says so."""
    first, second = [await post(client, alice, "k") for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert count(conn, "Workspace") == 1


async def test_without_a_key_each_request_acts(client: Client, alice: Person, conn: psycopg.Connection) -> None:
    """As ever; nothing is kept."""
    for _ in range(2):
        response = await client.post("/workspaces", json=WORKSPACE, headers=alice.headers)
        assert response.status_code == 201
    assert (count(conn, "Workspace"), count(conn, "IdempotentAnswer")) == (2, 0)


async def test_another_key_is_another_request(client: Client, alice: Person, conn: psycopg.Connection) -> None:
    """Though the body is the same."""
    for key in ("k", "K", "k ey"):
        assert (await post(client, alice, key)).status_code == 201
    assert count(conn, "Workspace") == 3


async def test_a_key_is_for_one_request(client: Client, alice: Person, api: Api, conn: psycopg.Connection) -> None:
    """With another body, address or query it is refused, and nothing happens."""
    workspace = await api.create_workspace()
    assert (await post(client, alice, "k")).status_code == 201
    before = count(conn, "Workspace")
    for path, body in (
        ("/workspaces", WORKSPACE | {"name": "Other"}),
        ("/workspaces?a=b", WORKSPACE),
        (f"/workspaces/{workspace['id']}/interviews", WORKSPACE),
    ):
        refused = await post(client, alice, "k", path, body)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    assert (count(conn, "Workspace"), count(conn, "Interview")) == (before, 0)
    assert (await post(client, alice, "k")).headers["idempotency-replayed"] == "true"


async def test_the_same_key_of_somebody_else_is_another(
    client: Client, alice: Person, bob: Person, conn: psycopg.Connection
) -> None:
    """Nobody gets another's answer."""
    hers, his = await post(client, alice, "k"), await post(client, bob, "k")
    assert hers.json()["id"] != his.json()["id"]
    assert "idempotency-replayed" not in his.headers
    assert count(conn, "Workspace") == 2


async def test_a_renewed_token_of_the_same_person_is_the_same_caller(
    client: Client, alice: Person, settings: Settings
) -> None:
    """A retry may come after the token has run out."""
    first = await post(client, alice, "k")
    renewed = Sessions(settings.secret_key, secure=settings.secure).start(alice.id)
    second = await post(client, alice, "k", Authorization=f"Bearer {renewed}")
    assert second.content == first.content


async def test_without_a_valid_credential_no_answer_is_given(client: Client, alice: Person) -> None:
    """The key is no credential."""
    await post(client, alice, "k")
    refused = await client.post("/workspaces", json=WORKSPACE, headers={"Idempotency-Key": "k"})
    assert refused.status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/workspaces", {"name": ""}, 422),
        ("/workspaces", {"name": "a", "organizationName": "b", "ownerId": "c"}, 422),
        ("/workspaces/missing/interviews", {"title": "a", "mode": "video"}, 404),
    ],
)
async def test_a_refused_request_is_not_kept(
    client: Client, alice: Person, conn: psycopg.Connection, path: str, body: Any, status: int
) -> None:
    """It had no effect, so the next one with the key is tried anew, whatever it asks for."""
    assert (await post(client, alice, "k", path, body)).status_code == status
    assert count(conn, "IdempotentAnswer") == 0
    assert (await post(client, alice, "k")).status_code == 201


async def test_a_body_of_another_kind_is_refused_as_ever(
    client: Client, alice: Person, conn: psycopg.Connection
) -> None:
    """And not kept."""
    refused = await client.post(
        "/workspaces", content=b"a=b", headers=alice.headers | {"Idempotency-Key": "k", "Content-Type": "text/plain"}
    )
    assert refused.status_code == 415
    assert count(conn, "IdempotentAnswer") == 0


async def test_a_body_that_is_too_large_is_refused_as_ever(client: Client, alice: Person) -> None:
    """The limit is the one without a key."""
    headers = alice.headers | {"Idempotency-Key": "k", "Content-Type": "application/json"}
    refused = await client.post("/workspaces", content=b"a" * (MAX_BODY + 1), headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (413, "request-too-large")


@pytest.mark.parametrize("key", ["", "a" * 256, "\u00e9", "tab\there", "line\x7f"])
async def test_a_key_that_is_none_is_refused(client: Client, alice: Person, conn: psycopg.Connection, key: str) -> None:
    """With what one looks like."""
    headers = httpx.Headers(alice.headers, encoding="latin-1")
    headers["Idempotency-Key"] = key
    refused = await client.post("/workspaces", json=WORKSPACE, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency-key-not-valid")
    assert count(conn, "Workspace") == 0


async def test_the_longest_key_is_taken(client: Client, alice: Person) -> None:
    """255 characters, and spaces between them."""
    for key in ("a" * 255, "a b~!"):
        assert (await post(client, alice, key)).status_code == 201


async def test_inviting_twice_with_a_key_sends_one_mail(
    client: Client, alice: Person, api: Api, conn: psycopg.Connection
) -> None:
    """One invitee, one invitation, one job; the link in the answer is the same."""
    interview = await api.create_interview(await api.create_workspace())
    path = f"{interview_path(interview)}/invitees"
    first, second = [await post(client, alice, "k", path, {"email": "ines@example.com"}) for _ in range(2)]
    assert first.json() == second.json()
    assert first.json()["link"]
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'invitees.send_invitation'"
    assert (count(conn, "InterviewInvitee"), count(conn, "Invitation")) == (1, 1)
    assert conn.execute(jobs).fetchone() == (1,)


async def test_a_refused_invitation_leaves_nothing(
    client: Client, alice: Person, api: Api, conn: psycopg.Connection
) -> None:
    """Who is invited already is a 409, with a key as without."""
    interview = await api.create_interview(await api.create_workspace())
    await api.invite(interview)
    refused = await post(client, alice, "k", f"{interview_path(interview)}/invitees", {"email": "ines@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (409, "invitee-already-invited")
    assert count(conn, "IdempotentAnswer") == 0


async def test_a_post_without_a_body_can_have_a_key(
    client: Client, alice: Person, api: Api, conn: psycopg.Connection
) -> None:
    """Sending an invitation again: once."""
    interview = await api.create_interview(await api.create_workspace())
    invitee = await api.invite(interview)
    path = f"{invitee_path(interview, invitee)}/invitations"
    headers = alice.headers | {"Idempotency-Key": "k"}
    first, second = [await client.post(path, headers=headers) for _ in range(2)]
    assert (first.status_code, first.content) == (201, second.content)
    assert count(conn, "Invitation") == 2


async def test_the_table_shows_nothing_of_what_was_asked_or_answered(
    client: Client, alice: Person, api: Api, conn: psycopg.Connection
) -> None:
    """Neither the key, nor the body, nor the answer, some of which show what is shown once."""
    interview = await api.create_interview(await api.create_workspace())
    path = f"{interview_path(interview)}/invitees"
    answer = await post(client, alice, "my-own-key", path, {"email": "ines@example.com", "name": "Ines"})
    token = answer.json()["link"].rpartition("/")[2]
    kept = conn.execute('SELECT "key", "request", "answer" FROM "IdempotentAnswer"').fetchone()
    assert kept is not None
    seen = b"".join(part if isinstance(part, bytes) else part.encode() for part in kept)
    for word in (token, "my-own-key", "ines", "Ines", alice.id, "application/json"):
        assert word.encode() not in seen
    assert conn.execute('SELECT count(DISTINCT "answer") FROM "IdempotentAnswer"').fetchone() == (1,)


async def test_an_answer_opens_for_its_own_key_alone(
    client: Client, alice: Person, bob: Person, conn: psycopg.Connection
) -> None:
    """Whoever can write to the table cannot have one person's answer given to another."""
    await post(client, alice, "k")
    await post(client, bob, "k")
    conn.execute(
        'UPDATE "IdempotentAnswer" SET "answer" = (SELECT "answer" FROM "IdempotentAnswer" ORDER BY "key" LIMIT 1)'
    )
    answers_of = [await post(client, person, "k") for person in (alice, bob)]
    assert sorted(response.status_code for response in answers_of) == [201, 500]


async def test_answers_are_forgotten_after_a_day(
    client: Client, alice: Person, database: Database, conn: psycopg.Connection
) -> None:
    """And not before."""
    await post(client, alice, "old")
    await post(client, alice, "new")
    age = """UPDATE "IdempotentAnswer" SET "createdAt" = "createdAt" - interval '{}' WHERE "key" = %s"""
    old, new = answers.key_of(alice.id, b"old"), answers.key_of(alice.id, b"new")
    conn.execute(age.format("24 hours 1 second"), (old,))
    conn.execute(age.format("23 hours 59 minutes"), (new,))
    async with database.connection() as connection:
        await answers.unscoped_forget(connection)
    assert conn.execute('SELECT "key" FROM "IdempotentAnswer"').fetchall() == [(new,)]


async def test_a_public_post_takes_no_key(client: Client, api: Api, conn: psycopg.Connection) -> None:
    """Accepting by the link is the same once and twice by itself; nothing is kept of it."""
    invitee = await api.invite(await api.create_interview(await api.create_workspace()))
    path = f"/i/{invitee['link'].rpartition('/')[2]}/acceptance"
    for _ in range(2):
        response = await client.post(path, headers={"Idempotency-Key": uuid4().hex})
        assert (response.status_code, response.json()) == (200, {"status": "accepted"})
    assert count(conn, "IdempotentAnswer") == 0


async def test_a_failure_of_the_database_is_told_as_ever(
    client: Client, alice: Person, conn: psycopg.Connection
) -> None:
    """When the answer cannot be stored, the effect is undone, and the caller hears of it."""
    conn.execute('ALTER TABLE "IdempotentAnswer" ADD CONSTRAINT "none" CHECK (false)')
    failed = await post(client, alice, "k")
    assert (failed.status_code, failed.headers["content-type"]) == (500, "application/problem+json")
    assert failed.json()["code"] == "unexpected-error"
    assert count(conn, "Workspace") == 0
