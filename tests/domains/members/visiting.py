"""The pages of an invitation's link as a browser opens them."""

import asyncio

import psycopg
from httpx import Response

from qwalo.identity.authentication import FormTokens
from qwalo.identity.local.sessions import Sessions
from qwalo.settings import Settings
from tests.domains.members.house import Client
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


async def until_waiting(conn: psycopg.Connection, count: int) -> None:
    """Return when so many connections wait for somebody's lock."""
    asked = """SELECT count(*) >= %s FROM pg_stat_activity WHERE "wait_event_type" = 'Lock'"""
    while conn.execute(asked, (count,)).fetchone() == (False,):  # noqa: ASYNC110 - PostgreSQL tells nobody of it
        await asyncio.sleep(0.01)
