"""Asks any route as any person, the way a program or a browser does."""

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple

import psycopg
from httpx import Response
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import AsyncTestClient

from qwalo.identity.authentication import FormTokens
from qwalo.identity.local.sessions import Sessions
from qwalo.settings import Settings
from qwalo.web.static_files import VERSION
from tests.contracts.routes import FORMS
from tests.people import Person


class Ids(NamedTuple):
    """What the parameters of a path stand for."""

    workspace_id: str
    interview_id: str
    invitee_id: str
    call_id: str
    api_key_id: str = "missing"
    member_id: str = "missing"
    endpoint_id: str = "missing"
    delivery_id: str = "missing"
    key: str = "missing"
    token: str = "x" * 43
    version: str = VERSION
    file_path: str = "css/base.css"
    path: str = "index.html"

    def fill(self, template: str) -> str:
        return template.format_map(self._asdict())


class Asker:
    """Sends what a route wants. Programs have a bearer token, browsers the cookie and the form token."""

    def __init__(self, client: AsyncTestClient[Litestar], settings: Settings, examples: Mapping[str, Any]) -> None:
        self._client = client
        self._sessions = Sessions(settings.secret_key, secure=settings.secure)
        self._form_tokens = FormTokens(settings.secret_key)
        self._examples = examples

    async def ask(self, method: str, template: str, ids: Ids, person: Person | None) -> Response:
        """`template` with `ids` filled in, with the body that is right for it."""
        path = ids.fill(template)
        headers = await self._credentials(template, person)
        body = self._examples.get(template, {}).get(method.lower(), {}).get("requestBody")
        # What an answer before has set must not be sent along.
        self._client.cookies.clear()
        if body is not None:
            example = body["content"]["application/json"]["example"]
            return await self._client.request(method, path, json=example, headers=headers, follow_redirects=False)
        if method != "POST" or template in self._examples:
            return await self._client.request(method, path, headers=headers, follow_redirects=False)
        session = (await self._sessions.recognise(person.token)).session if person else ""
        form = FORMS.get(template, {}) | {"csrf": self._form_tokens.token(session)}
        return await self._client.post(path, data=form, headers=headers, follow_redirects=False)

    async def _credentials(self, template: str, person: Person | None) -> dict[str, str]:
        headers = {"Sec-Fetch-Site": "same-origin"}
        if person is None:
            return headers
        if template in self._examples:
            return person.headers
        return headers | {"Cookie": "; ".join(f"{name}={value}" for name, value in person.cookies.items())}

    def live(self, app: Litestar, path: str, person: Person | None) -> int:
        """The status of a stream of events, which does not end by itself."""
        cookie = "; ".join(f"{name}={value}" for name, value in person.cookies.items()) if person else ""
        return self._client.blocking_portal.call(_first_status, app, path, cookie)


async def _first_status(app: Litestar, path: str, cookie: str) -> int:
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def receive() -> dict[str, Any]:
        if not started.done():
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        return {}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start" and not started.done():
            started.set_result(message["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"qwalo.test"), (b"cookie", cookie.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("qwalo.test", 80),
        "state": {},
    }
    request = asyncio.create_task(app(scope, receive, send))  # type: ignore[arg-type]
    try:
        return await asyncio.wait_for(started, 10)
    finally:
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)


def routes_of(app: Litestar) -> set[tuple[str, str]]:
    """(method, path template) of everything that the application answers, OPTIONS apart."""
    return {
        (method, route.path_format)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }


def dump(conn: psycopg.Connection) -> dict[str, list[Any]]:
    """Every row of the product's tables, and of the jobs; not what the processes count and say of themselves."""
    tables = conn.execute(
        "SELECT schemaname || '.' || quote_ident(tablename) FROM pg_tables"
        " WHERE (schemaname = 'public' OR tablename = 'procrastinate_jobs')"
        " AND tablename NOT IN ('RateLimit', 'CallServer')"
    ).fetchall()
    return {
        name: [row[0] for row in conn.execute(f"SELECT to_jsonb(t) FROM {name} t ORDER BY t::text")]
        for (name,) in tables
    }
