"""Signing in through Clerk at a running server; nothing here leaves this machine, and Clerk is a stand-in."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest

from tests.clerk import ClerkStandIn, KeyServer, user_id
from tests.server import RunningServer
from tests.smtp import free_port

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def clerk(port: int) -> ClerkStandIn:
    """A development instance, whose people are told apart by number: each test takes numbers of its own."""
    return ClerkStandIn(public_url=f"http://127.0.0.1:{port}")


@pytest.fixture(scope="module")
def server(
    clerk: ClerkStandIn, port: int, shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """Verifies by the PEM key, and takes webhooks."""
    variables = clerk.environment() | {"DATABASE_URL": shared_database_url}
    with RunningServer(tmp_path_factory.mktemp("clerk"), variables, options=("--no-worker",), port=port) as running:
        yield running


@pytest.fixture
def browser_like(server: RunningServer) -> Iterator[httpx.Client]:
    """Keeps cookies, and follows no redirect by itself: some lead to Clerk."""
    with httpx.Client(base_url=server.url, headers=HTML) as client:
        yield client


@pytest.fixture
def conn(shared_database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(shared_database_url, autocommit=True) as connection:
        yield connection


def me(server: RunningServer, token: str) -> httpx.Response:
    return httpx.get(f"{server.url}/me", headers={"Authorization": f"Bearer {token}"})


def deliver(server: RunningServer, delivery: tuple[dict[str, str], bytes]) -> int:
    headers, body = delivery
    return httpx.post(f"{server.url}/hooks/clerk", content=body, headers=headers).status_code


def user_row(conn: psycopg.Connection, person: int) -> Any:
    return conn.execute('SELECT "email", "name" FROM "User" WHERE "clerkUserId" = %s', (user_id(person),)).fetchone()


def follow(client: httpx.Client, url: str) -> httpx.Response:
    """The page at the end of the redirects, or the one that leads away from this machine."""
    answer = client.get(url)
    while answer.has_redirect_location:
        target = answer.url.join(answer.headers["location"])
        if target.host != "127.0.0.1":
            break
        answer = client.get(target)
    return answer


def way_back(answer: httpx.Response) -> str:
    """Where Clerk is asked to send the browser afterwards."""
    [address] = parse_qs(urlsplit(answer.headers["location"]).query)["redirect_url"]
    return address


def test_a_person_is_created_at_the_first_sign_in(
    server: RunningServer, clerk: ClerkStandIn, conn: psycopg.Connection
) -> None:
    """The first token makes the user, the second finds the same one."""
    assert user_row(conn, 1) is None
    first = me(server, clerk.token(1))
    assert first.status_code == 200
    assert first.json()["clerkUserId"] == user_id(1)
    assert me(server, clerk.token(1)).json()["id"] == first.json()["id"]


def test_a_browser_is_recognised_by_the_session_cookie(server: RunningServer, clerk: ClerkStandIn) -> None:
    """The API of the same host works with the cookie that Clerk keeps there."""
    answer = httpx.get(f"{server.url}/workspaces", cookies={"__session": clerk.token(2)})
    assert (answer.status_code, answer.json()) == (200, [])


def test_nobody_gets_a_problem_from_the_api(server: RunningServer, clerk: ClerkStandIn) -> None:
    """No token, one of another instance and one that has run out are all refused."""
    foreign = ClerkStandIn(public_url=clerk.public_url)
    late = clerk.token(3, iat=int(time.time()) - 600, nbf=int(time.time()) - 600, exp=int(time.time()) - 300)
    assert httpx.get(f"{server.url}/me").status_code == 401
    for token in (foreign.token(3), late, "not-a-token"):
        answer = me(server, token)
        assert answer.status_code == 401
        assert answer.json()["code"] == "not-signed-in"


def test_a_person_without_a_session_is_led_to_the_account_portal(
    browser_like: httpx.Client, clerk: ClerkStandIn
) -> None:
    """Every page leads there, with the way back to that very page."""
    answer = follow(browser_like, "/dashboard/workspaces/new?a=b")
    assert answer.status_code == 307
    assert answer.headers["cache-control"] == "no-store"
    portal = urlsplit(answer.headers["location"])
    assert (portal.scheme, portal.netloc, portal.path) == ("https", "clever-hawk-12.accounts.dev", "/sign-in")
    assert way_back(answer) == f"{clerk.public_url}/dashboard/workspaces/new?a=b"


def test_the_way_back_from_clerk_ends_at_the_page(browser_like: httpx.Client, clerk: ClerkStandIn) -> None:
    """In development the handshake comes in the address: its cookies are set, and the page is shown."""
    portal = follow(browser_like, "/dashboard/workspaces/new")
    # A development instance brings the token of its browser along, upon which Clerk is asked for the cookies.
    handshake = follow(browser_like, f"{way_back(portal)}?__clerk_db_jwt=dvb_1")
    asked = urlsplit(handshake.headers["location"])
    assert (asked.netloc, asked.path) == (clerk.frontend_api, "/v1/client/handshake")
    cookies = (f"__session={clerk.token(4)}; Path=/", f"__client_uat={int(time.time()) - 5}; Path=/")
    page = follow(browser_like, f"{way_back(handshake)}?__clerk_handshake={clerk.handshake(*cookies)}")
    assert browser_like.cookies["__session"]
    assert page.status_code == 200
    assert page.url.path == "/dashboard/workspaces/new"
    assert not page.url.query


def test_a_forged_handshake_sets_no_session(browser_like: httpx.Client, clerk: ClerkStandIn) -> None:
    """Only what Clerk has signed signs anybody in."""
    forged = ClerkStandIn(public_url=clerk.public_url)
    token = forged.handshake(f"__session={forged.token(5)}; Path=/")
    answer = browser_like.get(f"/sign-in?next=%2Fdashboard&__clerk_handshake={token}")
    assert "__session" not in browser_like.cookies
    assert urlsplit(answer.headers["location"]).netloc == "clever-hawk-12.accounts.dev"


def test_a_signed_event_changes_the_person(
    server: RunningServer, clerk: ClerkStandIn, conn: psycopg.Connection
) -> None:
    """`user.updated` brings address and name, and an older one does not undo it."""
    me(server, clerk.token(6))
    now = int(time.time() * 1000)
    newer = clerk.user(6, email="new@example.com", updated_at=now)
    older = clerk.user(6, email="old@example.com", updated_at=now - 1000)
    assert deliver(server, clerk.webhook("user.updated", newer)) == 204
    assert deliver(server, clerk.webhook("user.updated", older, message_id="msg_2")) == 204
    assert user_row(conn, 6) == ("new@example.com", "Ada Lovelace")


def test_an_event_that_is_forged_or_old_changes_nothing(
    server: RunningServer, clerk: ClerkStandIn, conn: psycopg.Connection
) -> None:
    """A wrong signature, another body, a time outside of five minutes, and no signature are all 400."""
    headers, body = clerk.webhook("user.created", clerk.user(7))
    for delivery in (
        (headers | {"svix-signature": "v1,AAAA"}, body),
        (headers, body.replace(b"Ada", b"Eve")),
        clerk.webhook("user.created", clerk.user(7), sent_at=time.time() - 301 - 5),
        clerk.webhook("user.created", clerk.user(7), sent_at=time.time() + 301 + 5),
        ({"content-type": "application/json"}, body),
    ):
        assert deliver(server, delivery) == 400
    assert user_row(conn, 7) is None


def test_a_deleted_person_is_refused_and_not_sent_around(
    server: RunningServer, browser_like: httpx.Client, clerk: ClerkStandIn
) -> None:
    """A token that has not run out is worth nothing after `user.deleted`, and the browser gets a page."""
    deleted = clerk.webhook("user.deleted", {"id": user_id(8), "object": "user", "deleted": True})
    assert deliver(server, deleted) == 204
    assert me(server, clerk.token(8)).status_code == 401
    browser_like.cookies.update({"__session": clerk.token(8), "__client_uat": str(int(time.time()) - 30)})
    page = browser_like.get("/dashboard", follow_redirects=True)
    assert page.status_code == 403
    assert "Sign-in did not work" in page.text


def test_a_late_event_does_not_bring_a_deleted_person_back(
    server: RunningServer, clerk: ClerkStandIn, conn: psycopg.Connection
) -> None:
    """Events come in any order."""
    deliver(server, clerk.webhook("user.deleted", {"id": user_id(9), "object": "user", "deleted": True}))
    assert deliver(server, clerk.webhook("user.updated", clerk.user(9))) == 204
    assert user_row(conn, 9) is None


def test_local_sign_in_is_not_there(server: RunningServer) -> None:
    """No printed link, no page for one, no command for one."""
    assert "/sign-in/" not in server.output()
    assert "Clerk" in server.output()
    assert httpx.get(f"{server.url}/sign-in/{'A' * 43}", headers=HTML).status_code == 404
    assert httpx.post(f"{server.url}/sign-in", data={"email": "a@example.com"}).status_code in {404, 405}
    refused = server.run("sign-in-link")
    assert refused.returncode == 1
    assert "Clerk" in refused.stderr


def test_keys_can_come_from_the_key_set_and_hooks_can_be_off(shared_database_url: str, tmp_path: Path) -> None:
    """By JWKS, fetched once for many tokens; without a webhook secret there is no route for hooks."""
    port = free_port()
    clerk = ClerkStandIn(public_url=f"http://127.0.0.1:{port}")
    keys = KeyServer(clerk)
    variables = clerk.environment() | {"CLERK_JWKS_URL": keys.url, "DATABASE_URL": shared_database_url}
    del variables["CLERK_JWT_KEY"], variables["CLERK_WEBHOOK_SECRET"]
    try:
        with RunningServer(tmp_path, variables, options=("--no-worker",), port=port) as server:
            assert [me(server, clerk.token(person)).status_code for person in (11, 12, 13)] == [200] * 3
            assert keys.fetches == 1
            assert deliver(server, clerk.webhook("user.created", clerk.user(11))) == 404
    finally:
        keys.stop()
