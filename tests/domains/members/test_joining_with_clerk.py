"""Accepting an invitation where Clerk signs people in: its verified address decides."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
from httpx import ASGITransport, AsyncClient, Response
from litestar.testing import AsyncTestClient

from qwalo.app import create_app
from qwalo.identity.authentication import FormTokens
from qwalo.settings import Settings
from tests.clerk import ClerkStandIn
from tests.conftest import make_settings
from tests.domains.members.house import Client, Team, token_of
from tests.domains.members.visiting import OURS, until_waiting
from tests.people import People

GUEST = "guest@example.com"
ADA = 1


@pytest.fixture(scope="module")
def clerk() -> ClerkStandIn:
    return ClerkStandIn(public_url="https://qwalo.test")


@pytest.fixture
def settings(tmp_path: Path, clerk: ClerkStandIn) -> Settings:
    return make_settings(tmp_path, QWALO_PUBLIC_URL="https://qwalo.test", **clerk.environment())


@pytest.fixture
async def client(settings: Settings, database_url: str) -> AsyncIterator[Client]:
    async with AsyncTestClient(create_app(settings, database_url), base_url=settings.public_url) as test_client:
        yield test_client


@pytest.fixture
async def token(
    client: Client, people: People, conn: psycopg.Connection, clerk: ClerkStandIn, settings: Settings
) -> str:
    """Of an invitation to the workspace of somebody who is signed in with Clerk."""
    headers = {"Authorization": f"Bearer {clerk.token(2)}"}
    body = {"name": "Research", "organizationName": "Acme"}
    workspace = (await client.post("/workspaces", json=body, headers=headers)).json()
    members = Team(client, people, conn, workspace).members
    invited = await client.post(members, json={"email": GUEST, "role": "member"}, headers=headers)
    return token_of(settings, invited.json())


async def tell(client: Client, clerk: ClerkStandIn, *, email: str, status: str) -> None:
    """Clerk tells of Ada's address."""
    headers, body = clerk.webhook("user.updated", clerk.user(ADA, email=email, status=status))
    assert (await client.post("/hooks/clerk", content=body, headers=headers)).status_code == 204


async def accept(client: Client, clerk: ClerkStandIn, settings: Settings, token: str) -> Response:
    csrf = FormTokens(settings.secret_key).token(str(clerk.claims(ADA)["sid"]))
    return await client.post(
        f"/memberships/{token}/acceptance",
        data={"csrf": csrf},
        headers=OURS | cookies(clerk),
        follow_redirects=False,
    )


def cookies(clerk: ClerkStandIn) -> dict[str, str]:
    return {"Cookie": f"__session={clerk.token(ADA)}; __client_uat={int(time.time()) - 30}"}


async def test_a_verified_address_joins(client: Client, clerk: ClerkStandIn, settings: Settings, token: str) -> None:
    """By the button, as Clerk's session cookie says who it is."""
    await tell(client, clerk, email=GUEST, status="verified")
    assert "Join Research as member" in (await client.get(f"/memberships/{token}", headers=cookies(clerk))).text
    assert (await accept(client, clerk, settings, token)).status_code == 303
    listed = await client.get("/workspaces", headers={"Authorization": f"Bearer {clerk.token(ADA)}"})
    assert [workspace["role"] for workspace in listed.json()] == ["member"]


@pytest.mark.parametrize(("email", "status"), [(GUEST, "unverified"), ("ada@example.com", "verified")])
async def test_an_unverified_address_or_another_one_does_not_join(
    client: Client, clerk: ClerkStandIn, settings: Settings, token: str, email: str, status: str
) -> None:
    """Whoever types an address in has not shown that it is theirs."""
    await tell(client, clerk, email=email, status=status)
    page = await client.get(f"/memberships/{token}", headers=cookies(clerk))
    assert "Join Research as member" not in page.text
    assert ("Verify it in your account" in page.text) == (status == "unverified")
    answer = await accept(client, clerk, settings, token)
    assert answer.status_code == 403
    assert "invitation-for-another" in answer.text
    listed = await client.get("/workspaces", headers={"Authorization": f"Bearer {clerk.token(ADA)}"})
    assert listed.json() == []


async def test_nobody_is_led_to_clerk_and_makes_no_account_here(
    client: Client, conn: psycopg.Connection, token: str
) -> None:
    """The link alone proves nothing where another service signs people in."""
    page = await client.get(f"/memberships/{token}")
    assert f"/sign-in?next=/memberships/{token}" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    before = conn.execute('SELECT count(*) FROM "User"').fetchone()
    answer = await client.post(
        f"/memberships/{token}/acceptance", data={"name": "Mallory"}, headers=OURS, follow_redirects=False
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/memberships/{token}")
    assert conn.execute('SELECT count(*) FROM "User"').fetchone() == before


async def test_visitors_who_are_not_known_yet_do_not_wait_for_each_other(
    clerk: ClerkStandIn, settings: Settings, conn: psycopg.Connection, database_url: str, token: str
) -> None:
    """To recognise somebody takes a connection to the database, and so does the page: one after the other."""
    app = create_app(settings, database_url)

    async def visit(browser: AsyncClient, number: int) -> bool:
        who = {"Cookie": f"__session={clerk.token(number)}; __client_uat={int(time.time()) - 30}"}
        return "Sign out" in (await browser.get(f"/memberships/{token}", headers=who)).text

    # The client of other tests sends one request after the other.
    transport = ASGITransport(app=cast("Any", app))
    async with (
        app.lifespan(),
        AsyncClient(transport=transport, base_url=settings.public_url) as browser,
        asyncio.timeout(20),
    ):
        visits = [asyncio.create_task(visit(browser, number)) for number in range(100, 120)]
        with conn.transaction():
            # Whoever is to be recognised waits, with one connection and not with two.
            conn.execute('LOCK TABLE "User"')
            await until_waiting(conn, 9)
        found = await asyncio.gather(*visits)
    assert found == [True] * 20
