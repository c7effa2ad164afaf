"""Sign-in links: whom they sign in, how often, and what an unknown address learns."""

import asyncio

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.identity.errors import AddressTaken, SignInLinkNotValid
from qwalo.identity.local import people, sign_in
from qwalo.identity.local.links import SignInLinks
from qwalo.identity.local.sessions import Sessions
from qwalo.platform.db.pool import Database
from qwalo.settings import Settings
from tests.people import Person

Client = AsyncTestClient[Litestar]
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def links(settings: Settings) -> SignInLinks:
    return SignInLinks(settings.secret_key, settings.public_url)


async def new_token(database: Database, links: SignInLinks) -> str:
    async with database.transaction() as conn:
        url = await sign_in.terminal_link(conn, links, await sign_in.first_or_new_person(conn))
    return url.rpartition("/")[2]


async def use(database: Database, token: str, **profile: str) -> str:
    async with database.transaction() as conn:
        return await sign_in.use_link(conn, token, **profile)


async def test_starts_at_the_same_time_make_one_first_person(database: Database, conn: psycopg.Connection) -> None:
    """Two servers on a new database print links for the same person."""

    async def start() -> None:
        async with database.transaction() as connection:
            await sign_in.first_or_new_person(connection)

    await asyncio.gather(*(start() for _ in range(4)))
    assert conn.execute('SELECT count(*) FROM "User"').fetchone() == (1,)


async def test_a_link_works_once(database: Database, links: SignInLinks) -> None:
    """Looking at it does not use it up."""
    token = await new_token(database, links)
    async with database.connection() as conn:
        user = await sign_in.look_at_link(conn, token)
    assert await use(database, token) == user.id
    with pytest.raises(SignInLinkNotValid):
        await use(database, token)


async def test_of_many_at_once_one_is_signed_in(database: Database, links: SignInLinks) -> None:
    """The others are told that the link does not work."""
    token = await new_token(database, links)
    results = await asyncio.gather(*(use(database, token) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, SignInLinkNotValid) for result in results) == 3


async def test_an_expired_link_does_not_work(database: Database, links: SignInLinks, conn: psycopg.Connection) -> None:
    """However it was made."""
    token = await new_token(database, links)
    conn.execute("""UPDATE "SignInLink" SET "expiresAt" = utc_now() - interval '1 second'""")
    with pytest.raises(SignInLinkNotValid):
        await use(database, token)


async def test_a_taken_address_does_not_use_the_link_up(database: Database, links: SignInLinks, bob: Person) -> None:
    """The person corrects the form and goes on."""
    async with database.transaction() as connection:
        user = await people.unscoped_add(connection, None, None)
        token = (await sign_in.terminal_link(connection, links, user)).rpartition("/")[2]
    with pytest.raises(AddressTaken):
        await use(database, token, email=bob.email, name="Carol")
    assert await use(database, token, email="carol@example.org", name="Carol") == user.id


async def test_a_known_address_is_not_changed_at_the_first_sign_in(
    database: Database, links: SignInLinks, conn: psycopg.Connection
) -> None:
    """Nobody claims the address of a colleague who has not come yet."""
    async with database.transaction() as connection:
        user = await sign_in.known_or_new_person(connection, "carol@example.com", None)
        token = (await sign_in.terminal_link(connection, links, user)).rpartition("/")[2]
    await use(database, token, email="colleague@example.com", name="Carol")
    assert conn.execute('SELECT "email", "name" FROM "User"').fetchall() == [("carol@example.com", "Carol")]


async def test_the_database_holds_no_token(database: Database, links: SignInLinks, conn: psycopg.Connection) -> None:
    """Only its hash."""
    token = await new_token(database, links)
    (row,) = conn.execute('SELECT to_jsonb(l)::text FROM "SignInLink" l').fetchall()
    assert token not in row[0]


async def test_known_and_unknown_addresses_get_the_same_answer(
    client: Client, alice: Person, conn: psycopg.Connection
) -> None:
    """Only for the known one a mail is deferred."""
    known = await client.post("/sign-in", data={"email": alice.email}, headers=OURS)
    unknown = await client.post("/sign-in", data={"email": "a1ice@example.com"}, headers=OURS)
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace(alice.email, "") == unknown.text.replace("a1ice@example.com", "")
    jobs = conn.execute("SELECT task_name FROM procrastinate_jobs").fetchall()
    assert jobs == [("identity.send_sign_in_link",)]


async def test_every_sign_in_has_a_session_of_its_own(
    client: Client, database: Database, links: SignInLinks, settings: Settings
) -> None:
    """The cookie is not readable by scripts, and is another one each time."""
    cookies = set()
    for _ in range(2):
        token = await new_token(database, links)
        response = await client.post(f"/sign-in/{token}", data={}, headers=OURS, follow_redirects=False)
        assert response.status_code == 303
        header = response.headers["set-cookie"]
        assert "HttpOnly" in header
        assert "samesite=lax" in header.lower()
        cookies.add(header.partition(";")[0])
    assert len(cookies) == 2


async def test_a_known_address_is_not_flooded(client: Client, alice: Person, conn: psycopg.Connection) -> None:
    """After a few links that nobody used, no further mail goes out for a while; the answer stays the same."""
    texts = {
        (await client.post("/sign-in", data={"email": alice.email}, headers=OURS)).text
        for _ in range(sign_in.MAX_RECENT_LINKS + 2)
    }
    assert len(texts) == 1
    assert conn.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (sign_in.MAX_RECENT_LINKS,)


async def test_the_way_leads_on_after_signing_in(client: Client, database: Database, links: SignInLinks) -> None:
    """To the page that asked for it, though the link comes another way."""
    asked = await client.get("/dashboard/workspaces/new", follow_redirects=False)
    await client.get(asked.headers["location"])
    token = await new_token(database, links)
    response = await client.post(f"/sign-in/{token}", data={}, headers=OURS, follow_redirects=False)
    assert response.headers["location"] == "/dashboard/workspaces/new"


@pytest.mark.parametrize("secure", [True, False])
def test_a_cookie_ends_with_the_attributes_that_it_began_with(secure: bool) -> None:
    """A browser keeps a `__Host-` cookie that is taken back without `Secure`."""
    sessions = Sessions("k" * 32, secure=secure)
    ended = sessions.cookie_of("", max_age=0).to_header()
    assert "Max-Age=0" in ended
    assert ("Secure" in ended) == secure
    assert ("__Host-" in ended) == secure
