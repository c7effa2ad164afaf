"""The JSON API of workspaces, as a program uses it."""

from base64 import b64encode

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.people import Api, Person

Client = AsyncTestClient[Litestar]
IMPOSSIBLE = "cursor=" + b64encode(b"2024-99-99T99:99:99.999Z c1").decode()


@pytest.fixture
def api(client: Client, alice: Person) -> Api:
    return Api(client, alice)


async def test_a_created_workspace_is_answered_as_it_is_read_later(api: Api) -> None:
    """What a POST answers is what a GET reads."""
    created = await api.create_workspace("  Research ", "Acme")
    read = await api.request("GET", f"/workspaces/{created['id']}")
    assert created["name"] == "Research"
    assert read.json() == created


async def test_a_list_is_newest_first_and_walked_by_its_link(api: Api) -> None:
    """Every row once, though one is added while the list is walked."""
    made = [(await api.create_workspace(f"W{n}"))["id"] for n in range(5)]
    seen: list[str] = []
    url: str | None = "/workspaces?limit=2"
    while url is not None:
        response = await api.request("GET", url)
        seen += [row["id"] for row in response.json()]
        url = response.links.get("next", {}).get("url")
        await api.create_workspace("added meanwhile")
    assert seen == made[::-1]


async def test_a_patch_changes_only_what_is_sent(api: Api) -> None:
    """The other field stays, and the time of the change moves on."""
    created = await api.create_workspace()
    response = await api.request("PATCH", f"/workspaces/{created['id']}", {"name": "Renamed"})
    changed = response.json()
    assert (changed["name"], changed["organizationName"]) == ("Renamed", created["organizationName"])
    assert changed["updatedAt"] > created["updatedAt"]


async def test_deleting_takes_interviews_and_invitees_along(api: Api, conn: psycopg.Connection) -> None:
    """Nothing of the workspace is left behind."""
    workspace = await api.create_workspace()
    await api.invite(await api.create_interview(workspace))
    response = await api.request("DELETE", f"/workspaces/{workspace['id']}")
    assert response.status_code == 204
    for table in ("Workspace", "Interview", "InterviewInvitee", "Invitation"):
        assert conn.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (0,)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        pytest.param({}, {"name"}, id="nothing"),
        pytest.param({"name": "a"}, {"organizationName"}, id="one missing"),
        pytest.param({"name": " ", "organizationName": ""}, {"name", "organizationName"}, id="blank"),
        pytest.param({"name": "a" * 201, "organizationName": "b"}, {"name"}, id="too long"),
        pytest.param({"name": 5, "organizationName": "b"}, {"name"}, id="wrong type"),
        pytest.param({"name": None, "organizationName": "b"}, {"name"}, id="null"),
        pytest.param({"name": "a\0b", "organizationName": "b"}, {"name"}, id="null byte"),
        pytest.param({"name": "a\nb", "organizationName": "b"}, {"name"}, id="line break"),
        pytest.param({"name": "a", "organizationName": "b", "ownerId": "c"}, {"ownerId"}, id="unknown field"),
        pytest.param([], {"body"}, id="not an object"),
    ],
)
async def test_a_body_that_cannot_be_used_is_refused_by_field(api: Api, body: object, fields: set[str]) -> None:
    """A 422 problem names each field that is wrong."""
    response = await api.request("POST", "/workspaces", body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert {error["field"] for error in response.json()["errors"]} == fields


async def test_a_text_is_measured_after_it_is_trimmed(api: Api) -> None:
    """White space around 200 characters does no harm."""
    created = await api.create_workspace(f"  {'a' * 200}  ")
    assert created["name"] == "a" * 200


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        pytest.param(b'{"name":', "application/json", 400, id="broken JSON"),
        pytest.param(b'{"name":"\\ud800","organizationName":"a"}', "application/json", 400, id="half a character"),
        pytest.param(b"\xff\xfe", "application/json", 400, id="not UTF-8"),
        pytest.param(b"name=a", "application/x-www-form-urlencoded", 415, id="a form"),
        pytest.param(b'{"name":"' + b"a" * 1024 * 1024 + b'"}', "application/json", 413, id="over 1 MiB"),
        pytest.param(b"", "application/json", 422, id="empty"),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_problem(
    client: Client, alice: Person, content: bytes, kind: str, status: int
) -> None:
    """It is told apart from one whose fields are wrong, and is never our fault."""
    headers = alice.headers | {"Content-Type": kind}
    response = await client.post("/workspaces", content=content, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=AAAA", "cursor=%00", IMPOSSIBLE]
)
async def test_a_page_that_cannot_be_is_refused(api: Api, query: str) -> None:
    """The problem names the parameter."""
    response = await api.request("GET", f"/workspaces?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_an_id_with_a_null_byte_is_not_found(api: Api) -> None:
    """PostgreSQL takes no such text, so it is not asked."""
    assert (await api.request("GET", "/workspaces/a%00b")).status_code == 404
