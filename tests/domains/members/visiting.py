"""The pages of an invitation's link as a browser opens them."""

import asyncio

import psycopg
from httpx import Response

from qwalo.identity.authentication import FormTokens
from qwalo.identity.local.sessions import Sessions
from qwalo.settings import Settings
from tests.domains.members.house import Client, Team
from tests.people import Person

OURS = {"Sec-Fetch-Site": "same-origin"}


class Visitor:
    """Somebody with a browser, signed in as `person` or not at all."""

    def __init__(self, client: Client, settings: Settings, person: Person | None = None) -> None:
        self._client = client
        self._settings = settings
        self._person = person

    async def open(self, token: str) -> Response:
        return await self._send("GET", f"/memberships/{token}", None, {})

    async def accept(self, token: str, headers: dict[str, str] = OURS, **form: str) -> Response:
        if self._person is not None and "csrf" not in form:
            sessions = Sessions(self._settings.secret_key, secure=self._settings.secure)
            session = (await sessions.recognise(self._person.token)).session
            form["csrf"] = FormTokens(self._settings.secret_key).token(session)
        return await self._send("POST", f"/memberships/{token}/acceptance", form, headers)

    async def _send(self, method: str, path: str, form: dict[str, str] | None, headers: dict[str, str]) -> Response:
        # What an answer before has set belongs to another browser.
        self._client.cookies.clear()
        cookies = self._person.cookies if self._person else {}
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
        return await self._client.request(method, path, data=form, headers=headers | cookie, follow_redirects=False)


class Pages:
    """The dashboard as one person's browser asks for it."""

    def __init__(self, client: Client, settings: Settings, team: Team) -> None:
        self._client = client
        self._sessions = Sessions(settings.secret_key, secure=settings.secure)
        self._form_tokens = FormTokens(settings.secret_key)
        self._path = f"/dashboard{team.path}"

    async def get(self, person: Person, path: str) -> Response:
        return await self._client.get(self._path + path, headers=_cookie(person), follow_redirects=False)

    async def post(self, person: Person, path: str, **form: str) -> Response:
        session = (await self._sessions.recognise(person.token)).session
        return await self._client.post(
            self._path + path,
            data=form | {"csrf": self._form_tokens.token(session)},
            headers=OURS | _cookie(person),
            follow_redirects=False,
        )

    async def follow(self, person: Person, answer: Response) -> Response:
        """To where `answer` leads, with the cookies that it sets."""
        cookies = person.cookies | dict(answer.cookies)
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        self._client.cookies.clear()
        return await self._client.get(answer.headers["location"], headers=cookie, follow_redirects=False)


def _cookie(person: Person) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in person.cookies.items())}


async def until_waiting(conn: psycopg.Connection, count: int) -> None:
    """Return when so many connections wait for somebody's lock."""
    asked = """SELECT count(*) >= %s FROM pg_stat_activity WHERE "wait_event_type" = 'Lock'"""
    while conn.execute(asked, (count,)).fetchone() == (False,):  # noqa: ASYNC110 - PostgreSQL tells nobody of it
        await asyncio.sleep(0.01)
