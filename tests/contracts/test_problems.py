"""One shape of error: problem details for programs, a page for people, and nothing internal in either."""

import json
from typing import Any

import psycopg
import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.conftest import with_database
from tests.people import Api, Person, interview_path

Client = AsyncTestClient[Litestar]

INTERNAL = ("Traceback", "psycopg", "litestar", "msgspec", "SELECT ", "INSERT ", '"Workspace"', ".py", "/src/", "line ")
MISSING = "cm8f3k2q70001v9l6h4t2x5ab"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Site": "same-origin"}
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}
BIG = b'{"name":"' + b"a" * 1024 * 1024 + b'"}'

PROGRAMS: list[Any] = [
    pytest.param("GET", "/nowhere", {}, b"", 404, "not-found", id="unknown path"),
    pytest.param("GET", f"/workspaces/{MISSING}", {}, b"", 404, "workspace-not-found", id="unknown id"),
    pytest.param("GET", "/workspaces/%00", {}, b"", 404, "not-found", id="null byte"),
    pytest.param("GET", "/workspaces/%ff%fe", {}, b"", 404, "workspace-not-found", id="path is not UTF-8"),
    pytest.param("PUT", "/workspaces", {}, b"", 405, "method-not-allowed", id="method"),
    pytest.param("GET", "/workspaces?limit=0", {}, b"", 422, "invalid-request", id="limit"),
    pytest.param("GET", "/workspaces?limit=1&limit=x", {}, b"", 422, "invalid-request", id="limit twice"),
    pytest.param("GET", "/workspaces?cursor=%ff", {}, b"", 422, "invalid-request", id="cursor"),
    pytest.param("POST", "/workspaces", JSON, b"{", 400, "malformed-request", id="broken JSON"),
    pytest.param("POST", "/workspaces", JSON, b"[" * 100_000, 400, "malformed-request", id="deep JSON"),
    pytest.param("POST", "/workspaces", JSON, b"\xff", 400, "malformed-request", id="not UTF-8"),
    pytest.param("POST", "/workspaces", JSON, b"{}", 422, "invalid-request", id="missing fields"),
    pytest.param("POST", "/workspaces", JSON, b"5", 422, "invalid-request", id="a number"),
    pytest.param("POST", "/workspaces", JSON, BIG, 413, "request-too-large", id="too large"),
    pytest.param(
        "POST", "/workspaces", {"Content-Type": "text/plain"}, b"{}", 415, "unsupported-media-type", id="text"
    ),
    pytest.param("POST", "/workspaces", {"Content-Type": ";;"}, b"{", 400, "malformed-request", id="odd content type"),
    pytest.param("GET", "/me", {"Authorization": "Bearer x"}, b"", 401, "not-signed-in", id="bad token"),
    pytest.param("GET", "/me", {"Authorization": "Basic YTpi"}, b"", 401, "not-signed-in", id="other scheme"),
    pytest.param("GET", "/me", {"Authorization": "Bearer \xe9\xff"}, b"", 401, "not-signed-in", id="odd token"),
    pytest.param("GET", "/me", {"Authorization": ""}, b"", 401, "not-signed-in", id="empty header"),
    pytest.param("POST", f"/i/{'x' * 43}/acceptance", {}, b"", 404, "link-not-valid", id="unknown link"),
    pytest.param("POST", "/i/x/acceptance", {}, b"", 404, "link-not-valid", id="no link at all"),
]


@pytest.mark.parametrize(("method", "path", "headers", "content", "status", "code"), PROGRAMS)
async def test_a_program_gets_problem_details(
    client: Client,
    alice: Person,
    method: str,
    path: str,
    headers: dict[str, str],
    content: bytes,
    status: int,
    code: str,
) -> None:
    """RFC 9457, with a stable code, and a sentence that tells nothing internal."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in (alice.headers | headers).items()]
    response = await client.request(method, path, headers=raw, content=content)
    _assert_problem(response, status, code)


@pytest.mark.parametrize(
    "cookie", ["qwalo_session=", "qwalo_session=x.y.z", "=", ";;;", "a=\xe9", 'qwalo_session="\\ud800"', "a" * 5000]
)
async def test_odd_cookies_are_no_credential(client: Client, cookie: str) -> None:
    """And never a fault."""
    response = await client.get("/me", headers=[(b"cookie", cookie.encode("latin-1"))])
    _assert_problem(response, 401, "not-signed-in")


async def test_a_method_that_is_not_taken_names_those_that_are(client: Client, alice: Person) -> None:
    """In `Allow`, as it is also answered to OPTIONS."""
    path = f"/workspaces/{MISSING}"
    refused = await client.put(path, headers=alice.headers)
    asked = await client.options(path, headers=alice.headers)
    for response in (refused, asked):
        assert set(response.headers["allow"].split(", ")) == {"DELETE", "GET", "OPTIONS", "PATCH"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        (f"/dashboard/workspaces/{MISSING}", 404),
        ("/dashboard?cursor=x", 422),
        (f"/i/{'x' * 43}", 404),
        ("/sign-in/x", 404),
        ("/join/x", 404),
        ("/dashboard/mailbox/x", 404),
        ("/dashboard/workspaces/%00", 404),
    ],
)
async def test_a_browser_gets_a_page(client: Client, alice: Person, path: str, status: int) -> None:
    """That says what happened, without scripts or facts from inside."""
    response = await client.get(path, headers=BROWSER | _cookie(alice))
    _assert_page(response, status)


async def test_a_stream_of_events_gets_problem_details(client: Client, alice: Person) -> None:
    """A script asked, and no person sees what it gets."""
    path = f"/dashboard/workspaces/{MISSING}/live"
    response = await client.get(path, headers={"Accept": "text/event-stream"} | _cookie(alice))
    _assert_problem(response, 404, "workspace-not-found")


async def test_a_program_on_an_unknown_path_gets_no_page(client: Client) -> None:
    """Only who accepts HTML gets it."""
    _assert_problem(await client.get("/nowhere", headers={"Accept": "application/json"}), 404, "not-found")


async def test_text_from_outside_is_no_markup_on_an_error_page(client: Client) -> None:
    """What was asked for is not repeated as it is."""
    response = await client.get("/<script>alert(1)</script>", headers=BROWSER)
    assert "<script>alert" not in response.text


async def test_a_conflict_is_a_problem(client: Client, alice: Person) -> None:
    """With the code that says which."""
    api = Api(client, alice)
    interview = await api.create_interview(await api.create_workspace())
    await api.invite(interview, "ines@example.com")
    again = await api.request("POST", f"{interview_path(interview)}/invitees", {"email": "INES@example.com"})
    _assert_problem(again, 409, "invitee-already-invited")


class TestWithoutDatabase:
    """PostgreSQL is away."""

    @pytest.fixture
    def database_url(self, cluster: str, monkeypatch: pytest.MonkeyPatch) -> str:
        return with_database(cluster, "not_there")

    async def test_a_program_is_told_to_come_again(self, client: Client) -> None:
        """503 with `Retry-After`, also for the supervisor that asks whether it is ready."""
        for path in ("/health/ready", "/i/" + "x" * 43 + "/acceptance"):
            response = await client.request("GET" if "health" in path else "POST", path)
            _assert_problem(response, 503, "unavailable")
            assert int(response.headers["retry-after"]) > 0
        assert (await client.get("/health/live")).status_code == 200

    async def test_a_browser_gets_a_page(self, client: Client) -> None:
        """It says that trying again helps."""
        response = await client.get(f"/i/{'x' * 43}", headers=BROWSER)
        _assert_page(response, 503)
        assert "retry-after" in response.headers


async def test_a_fault_of_ours_tells_nothing(
    client: Client, alice: Person, conn: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log has it; the answer has a stable code and an apology."""
    conn.execute('ALTER TABLE "Workspace" RENAME TO "Gone"')
    _assert_problem(await client.get("/workspaces", headers=alice.headers), 500, "unexpected-error")
    _assert_page(await client.get("/dashboard", headers=BROWSER | _cookie(alice)), 500)
    assert "UndefinedTable" in "".join(capsys.readouterr())


def _cookie(person: Person) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in person.cookies.items())}


def _assert_problem(response: Response, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = json.loads(response.text)
    assert problem.keys() - {"errors"} == {"type", "title", "status", "code", "detail"}
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:qwalo:problem:{code}"
    assert not [word for word in INTERNAL if word in response.text]


def _assert_page(response: Response, status: int) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("text/html")
    assert "content-security-policy" in response.headers
    assert not [word for word in INTERNAL if word in response.text]
