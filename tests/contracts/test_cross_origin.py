"""Other sites: a configured dashboard may use the API, and nobody else may use a person's cookies."""

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.identity.authentication import FormTokens
from qwalo.identity.local.sessions import Sessions
from qwalo.settings import Settings
from tests.conftest import make_settings
from tests.contracts.asking import dump
from tests.people import Api, Person

Client = AsyncTestClient[Litestar]

DASHBOARD = "https://dashboard.example.com"
STRANGER = "https://evil.example.com"
WORKSPACE = {"name": "Research", "organizationName": "Acme"}
OUR_OWN = {"Sec-Fetch-Site": "same-origin"}
FOREIGN = [
    pytest.param({}, id="says nothing"),
    pytest.param({"Origin": STRANGER}, id="other origin"),
    pytest.param({"Origin": "null"}, id="null origin"),
    pytest.param({"Origin": "http://qwalo.test.evil.example.com"}, id="origin that begins like ours"),
    pytest.param({"Origin": "https://qwalo.test"}, id="other scheme"),
    pytest.param({"Origin": "http://qwalo.test:8001"}, id="other port"),
    pytest.param({"Sec-Fetch-Site": "cross-site"}, id="cross-site"),
    pytest.param({"Sec-Fetch-Site": "same-site"}, id="sister domain"),
]


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return make_settings(tmp_path_factory.mktemp("data"), QWALO_CORS_ORIGINS=f"{DASHBOARD},http://localhost:3000")


@pytest.fixture
def cookie(alice: Person) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in alice.cookies.items())}


@pytest.fixture
async def csrf(alice: Person, settings: Settings) -> str:
    viewer = await Sessions(settings.secret_key, secure=settings.secure).recognise(alice.token)
    return FormTokens(settings.secret_key).token(viewer.session)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_a_preflight_of_a_configured_origin_is_allowed(client: Client, method: str) -> None:
    """Every method of the API, with a token and a JSON body; it needs no credential itself."""
    headers = {
        "Origin": DASHBOARD,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, idempotency-key",
    }
    response = await client.options("/workspaces", headers=headers)
    assert response.status_code in {200, 204}
    assert response.headers["access-control-allow-origin"] == DASHBOARD
    assert method in response.headers["access-control-allow-methods"]
    allowed = response.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed


async def test_a_configured_origin_reads_answers_and_the_next_page(client: Client, alice: Person) -> None:
    """`Link` and `Retry-After` are exposed, and caches know that the answer depends on the origin."""
    for name in ("a", "b"):
        await Api(client, alice).create_workspace(name)
    response = await client.get("/workspaces?limit=1", headers=alice.headers | {"Origin": DASHBOARD})
    assert response.headers["access-control-allow-origin"] == DASHBOARD
    exposed = response.headers["access-control-expose-headers"].lower().replace(" ", "").split(",")
    assert {"link", "retry-after"} <= set(exposed)
    assert "origin" in response.headers["vary"].lower()
    assert response.links["next"]["url"].startswith("http://qwalo.test/workspaces?")


async def test_a_configured_origin_reads_errors(client: Client) -> None:
    """Else a dashboard could not tell an expired session from a server that is down."""
    response = await client.get("/workspaces", headers={"Origin": DASHBOARD})
    assert response.status_code == 401
    assert response.headers["access-control-allow-origin"] == DASHBOARD


async def test_another_origin_gets_no_permission(client: Client, alice: Person) -> None:
    """Neither before nor with the request."""
    preflight = await client.options(
        "/workspaces", headers={"Origin": STRANGER, "Access-Control-Request-Method": "GET"}
    )
    actual = await client.get("/workspaces", headers=alice.headers | {"Origin": STRANGER})
    for response in (preflight, actual):
        assert "access-control-allow-origin" not in response.headers
    assert actual.status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_foreign_request_with_a_cookie_changes_nothing(
    client: Client, conn: psycopg.Connection, cookie: dict[str, str], csrf: str, headers: dict[str, str]
) -> None:
    """Neither through the API nor by a form, though the form's token be right."""
    before = dump(conn)
    api = await client.post("/workspaces", json=WORKSPACE, headers=cookie | headers)
    form = await client.post("/dashboard/workspaces/new", data=WORKSPACE | {"csrf": csrf}, headers=cookie | headers)
    assert (api.status_code, form.status_code) == (403, 403)
    assert api.json()["code"] == "foreign-request"
    assert form.headers["content-type"].startswith("text/html")
    assert dump(conn) == before


@pytest.mark.parametrize(
    "headers",
    [
        OUR_OWN,
        {"Origin": "http://qwalo.test"},
        {"Origin": DASHBOARD},
        {"Origin": "null", **OUR_OWN},
        # The server under another of its names; no page can say so of itself.
        {"Origin": "http://localhost:8000", **OUR_OWN},
    ],
    ids=["same origin", "our origin", "configured origin", "origin withheld", "another name of ours"],
)
async def test_a_request_of_our_own_pages_with_a_cookie_is_taken(
    client: Client, cookie: dict[str, str], headers: dict[str, str]
) -> None:
    """`Sec-Fetch-Site` is the browser's own word, which no page can set."""
    assert (await client.post("/workspaces", json=WORKSPACE, headers=cookie | headers)).status_code == 201


@pytest.mark.parametrize("token", [None, "", "0" * 64, "é"], ids=["none", "empty", "wrong", "odd"])
async def test_a_form_without_its_token_is_refused(
    client: Client, conn: psycopg.Connection, cookie: dict[str, str], token: str | None
) -> None:
    """The second lock: also where the browser says that the page is ours."""
    form = WORKSPACE | ({} if token is None else {"csrf": token})
    before = dump(conn)
    response = await client.post("/dashboard/workspaces/new", data=form, headers=cookie | OUR_OWN)
    assert response.status_code == 403
    assert dump(conn) == before


async def test_the_token_of_another_session_is_refused(
    client: Client, alice: Person, csrf: str, settings: Settings
) -> None:
    """Also of the same person's: it is bound to the session."""
    sessions = Sessions(settings.secret_key, secure=settings.secure)
    headers = OUR_OWN | {"Cookie": f"{sessions.cookie}={sessions.start(alice.id)}"}
    response = await client.post("/dashboard/workspaces/new", data=WORKSPACE | {"csrf": csrf}, headers=headers)
    assert response.status_code == 403


async def test_a_bearer_token_needs_no_word_of_a_browser(client: Client, alice: Person) -> None:
    """No site can make a browser send it by itself."""
    headers = alice.headers | {"Origin": STRANGER, "Sec-Fetch-Site": "cross-site"}
    assert (await client.post("/workspaces", json=WORKSPACE, headers=headers)).status_code == 201


async def test_without_configured_origins_there_is_no_cors(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The default is closed."""
    assert make_settings(tmp_path_factory.mktemp("data")).cors_origins == ()
