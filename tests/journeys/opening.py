"""Opening a personal link as a program does, without a browser."""

from typing import Any

import psycopg
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

Client = AsyncTestClient[Litestar]


def path_of(invitee: dict[str, Any]) -> str:
    """The path of the personal link."""
    return "/i/" + str(invitee["link"]).rpartition("/i/")[2]


async def open_link(client: Client, invitee: dict[str, Any]) -> Response:
    """The page behind the link, its cookie in the client from then on."""
    answer = await client.get(path_of(invitee), follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return await client.get(answer.headers["location"])


def row(conn: psycopg.Connection) -> Any:
    """The only invitee, as the database has it."""
    return conn.execute('SELECT * FROM "InterviewInvitee"').fetchone()
