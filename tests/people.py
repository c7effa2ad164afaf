"""People of the tests: Alice owns, Bob is somebody else; whoever has no headers is nobody."""

from typing import Any

import psycopg
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.identity.local.sessions import Sessions
from qwalo.platform.ids import cuid
from qwalo.settings import Settings


class Person:
    """Somebody with an account. `headers` authenticate a program, `cookies` a browser."""

    def __init__(self, user_id: str, name: str, email: str, sessions: Sessions) -> None:
        self.id = user_id
        self.name = name
        self.email = email
        self.token = sessions.start(user_id)
        self.headers = {"Authorization": f"Bearer {self.token}"}
        self.cookies = {sessions.cookie: self.token}


class People:
    """Adds people to the database of a test."""

    def __init__(self, conn: psycopg.Connection, settings: Settings) -> None:
        self._conn = conn
        self._sessions = Sessions(settings.secret_key, secure=settings.secure)

    def add(self, name: str, email: str) -> Person:
        user_id = cuid()
        self._conn.execute(
            'INSERT INTO "User" ("id", "clerkUserId", "email", "name") VALUES (%s, %s, %s, %s)',
            (user_id, f"local_{user_id}", email, name),
        )
        return Person(user_id, name, email, self._sessions)

    def join(self, workspace: dict[str, Any], person: Person, role: str) -> None:
        """The person is a member of the workspace from now on."""
        self._conn.execute(
            """
            INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "joinedAt")
            VALUES (%s, %s, %s, %s::"WorkspaceRole", utc_now())
            """,
            (cuid(), workspace["id"], person.id, role),
        )

    def set_role(self, workspace: dict[str, Any], person: Person, role: str) -> None:
        self._conn.execute(
            'UPDATE "WorkspaceMember" SET "role" = %s::"WorkspaceRole" WHERE "workspaceId" = %s AND "userId" = %s',
            (role, workspace["id"], person.id),
        )

    def remove(self, workspace: dict[str, Any], person: Person) -> None:
        self._conn.execute(
            'DELETE FROM "WorkspaceMember" WHERE "workspaceId" = %s AND "userId" = %s', (workspace["id"], person.id)
        )


class Api:
    """The JSON API as one person uses it; answers are checked, so that a test fails where it went wrong."""

    def __init__(self, client: AsyncTestClient[Litestar], person: Person) -> None:
        self._client = client
        self._person = person

    async def request(self, method: str, path: str, body: Any = None) -> Response:
        return await self._client.request(method, path, json=body, headers=self._person.headers)

    async def create_workspace(self, name: str = "Research", organization: str = "Acme") -> dict[str, Any]:
        return await self._made("/workspaces", {"name": name, "organizationName": organization})

    async def create_interview(
        self, workspace: dict[str, Any], title: str = "Why", mode: str = "video"
    ) -> dict[str, Any]:
        return await self._made(f"/workspaces/{workspace['id']}/interviews", {"title": title, "mode": mode})

    async def invite(
        self, interview: dict[str, Any], email: str = "ines@example.com", name: str | None = None
    ) -> dict[str, Any]:
        body = {"email": email} | ({"name": name} if name else {})
        return await self._made(f"{interview_path(interview)}/invitees", body)

    async def _made(self, path: str, body: Any) -> dict[str, Any]:
        response = await self.request("POST", path, body)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made


def interview_path(interview: dict[str, Any]) -> str:
    return f"/workspaces/{interview['workspaceId']}/interviews/{interview['id']}"


def invitee_path(interview: dict[str, Any], invitee: dict[str, Any]) -> str:
    return f"{interview_path(interview)}/invitees/{invitee['id']}"
