"""How often somebody may ask: by the credential, by the address, and what the answers say of it."""

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from httpx import Response
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import AsyncTestClient

from qwalo.app import create_app
from qwalo.identity.local.sessions import Sessions
from qwalo.platform.http.marks import LIMIT
from qwalo.platform.http.origin import Origin, set_origin
from qwalo.platform.http.rate_limits import client as client_of
from qwalo.platform.http.rate_limits import policies
from qwalo.settings import Settings
from qwalo.settings.limits import LimitSettings
from tests.conftest import make_settings
from tests.people import Api, People, Person

Client = AsyncTestClient[Litestar]

CREDENTIAL, ADDRESS = 6, 4
FORM = {"Sec-Fetch-Site": "same-origin"}
UNKNOWN_LINK = "/i/" + "a" * 43


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, QWALO_RATE_LIMIT=str(CREDENTIAL), QWALO_ADDRESS_RATE_LIMIT=str(ADDRESS))


async def use_up(client: Client, path: str, times: int, **more: Any) -> list[int]:
    return [(await client.get(path, **more)).status_code for _ in range(times)]


def limit_of(response: Response) -> tuple[str, int, int]:
    """(name, what is left, seconds) of the header."""
    found = re.fullmatch(r'"([\w-]+)";r=(\d+);t=(\d+)', response.headers["ratelimit"])
    assert found is not None
    return found[1], int(found[2]), int(found[3])


async def test_an_answer_says_how_much_is_left(client: Client, alice: Person) -> None:
    """One less each time, of the policy that is named beside it."""
    for left in range(CREDENTIAL - 1, -1, -1):
        response = await client.get("/workspaces", headers=alice.headers)
        assert response.headers["ratelimit-policy"] == f'"credential";q={CREDENTIAL};w=60'
        name, rest, seconds = limit_of(response)
        assert (name, rest) == ("credential", left)
        assert 0 < seconds <= 60


async def test_one_more_than_the_limit_is_refused(client: Client, alice: Person) -> None:
    """429, a problem that says when to come back, with the same headers."""
    assert await use_up(client, "/workspaces", CREDENTIAL, headers=alice.headers) == [200] * CREDENTIAL
    refused = await client.get("/workspaces", headers=alice.headers)
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too-many-requests"
    wait = refused.headers["retry-after"]
    assert refused.json()["detail"].endswith(f"try again in {wait} seconds.")
    assert limit_of(refused) == ("credential", 0, int(wait))
    assert refused.headers["ratelimit-policy"] == f'"credential";q={CREDENTIAL};w=60'


async def test_what_is_refused_for_another_reason_says_so_too(client: Client, alice: Person) -> None:
    """Errors are answers, wherever they come from."""
    wrong = await client.post("/workspaces", content=b"a", headers=alice.headers | {"Content-Type": "text/plain"})
    missing = await client.get("/workspaces/missing", headers=alice.headers)
    assert (wrong.status_code, missing.status_code) == (415, 404)
    assert limit_of(wrong)[0] == limit_of(missing)[0] == "credential"


async def test_the_api_and_the_pages_share_a_limit(client: Client, alice: Person) -> None:
    """It is the credential that has it."""
    await use_up(client, "/workspaces", CREDENTIAL, headers=alice.headers)
    page = await client.get("/dashboard", headers={"Cookie": _cookie(alice), "Accept": "text/html"})
    assert page.status_code == 429
    assert "text/html" in page.headers["content-type"]
    assert "Too much at once" in page.text
    assert f"try again in {page.headers['retry-after']} seconds" in page.text


async def test_a_limit_is_of_one_credential(client: Client, alice: Person, bob: Person, settings: Settings) -> None:
    """Neither of the person nor of the address: another session has its own."""
    await use_up(client, "/workspaces", CREDENTIAL + 1, headers=alice.headers)
    other = Sessions(settings.secret_key, secure=settings.secure).start(alice.id)
    for token in (bob.token, other):
        assert (await client.get("/workspaces", headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_who_is_signed_in_is_not_limited_by_the_address(client: Client, alice: Person) -> None:
    """Though the address has had too many."""
    await use_up(client, "/docs", ADDRESS + 1)
    assert (await client.get("/workspaces", headers=alice.headers)).status_code == 200


async def test_the_address_is_limited_where_there_is_no_credential(client: Client) -> None:
    """All that is public together."""
    assert await use_up(client, "/docs", ADDRESS - 1) == [200] * (ADDRESS - 1)
    assert await use_up(client, "/openapi.json", 2) == [200, 429]
    refused = await client.get("/docs")
    assert limit_of(refused)[:2] == ("address", 0)


async def test_credentials_that_are_not_valid_count_against_the_address(client: Client, alice: Person) -> None:
    """Forged ones and missing ones; then even that they are wrong is not said any more."""
    forged = {"Authorization": f"Bearer {alice.token[:-4]}AAAA"}
    statuses = await use_up(client, "/workspaces", ADDRESS - 1, headers=forged) + await use_up(client, "/workspaces", 2)
    assert statuses == [401] * ADDRESS + [429]
    refused = await client.get("/workspaces", headers=forged)
    assert (refused.status_code, limit_of(refused)[0]) == (429, "refused")
    # A forgotten script must not lock out its neighbours, also not those who have still to sign in.
    assert (await client.get("/workspaces", headers=alice.headers)).status_code == 200
    assert (await client.get("/sign-in")).status_code == 200


async def test_a_person_who_is_not_signed_in_is_told_as_a_page(client: Client) -> None:
    """And not sent in circles."""
    statuses = await use_up(client, "/dashboard", ADDRESS + 1, headers={"Accept": "text/html"}, follow_redirects=False)
    assert statuses == [303] * ADDRESS + [429]


async def test_health_and_files_are_free(client: Client) -> None:
    """A page has many files, and a supervisor asks for ever."""
    await use_up(client, "/docs", ADDRESS + 1)
    page = await client.get("/sign-in")
    assert page.status_code == 429
    (style,) = re.findall(r'href="(/static/[^"]+/base\.css)"', page.text)
    for path in ("/health/live", "/health/ready", style):
        response = await client.get(path)
        assert response.status_code == 200
        assert "ratelimit" not in response.headers


async def test_a_socket_counts_when_it_opens(client: Client, alice: Person) -> None:
    """Where there are none left it is closed with the code for which pages connect again later."""
    await use_up(client, "/workspaces", CREDENTIAL - 1, headers=alice.headers)
    headers = {"Cookie": _cookie(alice), "Origin": "http://qwalo.test"}
    with await client.websocket_connect("/dashboard/waiting/socket", headers=headers) as socket:
        assert socket.receive_text(timeout=5) == "changed"
    refused = await client.websocket_connect("/dashboard/waiting/socket", headers=headers)
    with refused as socket, pytest.raises(WebSocketDisconnect) as closed:
        socket.receive_text(timeout=5)
    assert closed.value.code == 1013
    assert "try again" in closed.value.detail


async def test_the_pages_of_invitees_have_a_wider_limit(client: Client) -> None:
    """Many of them can be in one house; what else is public has its own."""
    statuses = await use_up(client, UNKNOWN_LINK, 5 * ADDRESS + 1)
    assert statuses == [404] * (5 * ADDRESS) + [429]
    assert (await client.get("/docs")).status_code == 200


async def test_a_link_that_works_is_not_refused_because_others_were_tried(
    database_url: str, tmp_path: Path, conn: psycopg.Connection
) -> None:
    """Whoever guesses may sit beside the person who was invited."""
    app = create_app(make_settings(tmp_path, QWALO_ADDRESS_RATE_LIMIT="1000"), database_url)
    async with AsyncTestClient(app, base_url="http://qwalo.test") as client:
        api = Api(client, People(conn, make_settings(tmp_path)).add("Alice", "alice@example.com"))
        invitee = await api.invite(await api.create_interview(await api.create_workspace()))
        guesses = [(await client.get(UNKNOWN_LINK)).status_code for _ in range(61)]
        assert guesses == [404] * 60 + [429]
        assert (await client.get(invitee["link"], follow_redirects=False)).status_code == 303


async def test_asking_for_sign_in_links_is_limited_by_the_address_of_the_mail(
    client: Client, alice: Person, bob: Person
) -> None:
    """Nobody's mailbox is flooded, and nobody else is held up. Known or not, it is the same."""
    # Few enough for the common limit of the client's address.
    for _ in range(2):
        assert (await _ask(client, "stranger@example.com")).status_code == 200
    assert limit_of(await _ask(client, "STRANGER@example.com"))[:2] == ("sign-in-mail", 2)
    assert limit_of(await _ask(client, bob.email))[:2] == ("sign-in-mail", 4)


def test_every_mark_names_a_limit(app: Litestar) -> None:
    """A typing error would be a 500 for whoever comes."""
    names = {policy.name for policy in policies(LimitSettings(1, 1))}
    handlers = [
        handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)])
    ]
    marked = [handler.opt[LIMIT] for handler in handlers if handler is not None and LIMIT in handler.opt]
    assert len(marked) > 10
    assert {name for limits in marked for name in limits} <= names


@pytest.mark.parametrize(
    ("address", "counted_by"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a:b", "a:b"),
    ],
)
async def test_a_network_of_ipv6_is_one_client(address: str, counted_by: str) -> None:
    """One line has 2^64 addresses."""
    set_origin(Origin(address))
    assert client_of({"type": ScopeType.HTTP}) == counted_by  # type: ignore[arg-type]


async def _ask(client: Client, email: str) -> Response:
    return await client.post("/sign-in", data={"email": email}, headers=FORM)


def _cookie(person: Person) -> str:
    return "; ".join(f"{name}={value}" for name, value in person.cookies.items())


class TestWithRoom:
    """Where the common limits are far away."""

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return make_settings(tmp_path)

    async def test_a_flood_of_sign_in_requests_is_stopped(self, client: Client) -> None:
        """Whatever addresses it names."""
        statuses = [(await _ask(client, f"person-{number}@example.com")).status_code for number in range(51)]
        assert statuses == [200] * 50 + [429]

    async def test_a_mailbox_is_asked_for_five_times(self, client: Client, alice: Person) -> None:
        """Then whoever asks is told in how many minutes to try again."""
        statuses = [(await _ask(client, alice.email)).status_code for _ in range(5)]
        refused = await _ask(client, alice.email)
        assert statuses == [200] * 5
        assert refused.status_code == 429
        assert re.search(r"Too many sign-in links were asked for: try again in \d+ minutes\.", refused.text)

    async def test_a_guesser_of_links_is_stopped(self, client: Client) -> None:
        """After 60 that do not work; then none works from there for a while."""
        assert await use_up(client, UNKNOWN_LINK, 61) == [404] * 60 + [429]
        assert (await client.post(f"{UNKNOWN_LINK}/acceptance")).status_code == 429
        assert (await client.get("/sign-in/" + "a" * 43)).status_code == 429

    async def test_links_that_work_are_not_counted(self, client: Client, alice: Person) -> None:
        """Fifty people behind one address open theirs, and reload."""
        api = Api(client, alice)
        invitee = await api.invite(await api.create_interview(await api.create_workspace()))
        path = "/i/" + invitee["link"].rpartition("/")[2]
        assert await use_up(client, path, 100, follow_redirects=False) == [303] * 100
