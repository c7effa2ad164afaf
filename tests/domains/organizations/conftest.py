"""A Qwalo that signs people in with Clerk, and an organization there."""

import itertools
from pathlib import Path
from typing import Any

import jwt
import psycopg
import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.identity.authentication import FormTokens
from qwalo.settings import Settings
from tests.clerk import ClerkStandIn, active_organization, user_id
from tests.conftest import SECRET_KEY, make_settings

CLERK = ClerkStandIn(public_url="http://qwalo.test")
ORG = "org_acme"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, **CLERK.environment())


class Office:
    """What Clerk and its people do. People have numbers; an organization is given as its id at Clerk."""

    def __init__(self, client: AsyncTestClient[Litestar], conn: psycopg.Connection) -> None:
        self._client = client
        self._conn = conn
        # Clerk's clock, in milliseconds: later events are newer.
        self._now = itertools.count(int(CLERK.now() * 1000) - 100_000)

    async def deliver(self, kind: str, data: dict[str, Any]) -> None:
        """A webhook of Clerk's."""
        headers, body = CLERK.webhook(kind, data)
        answer = await self._client.post("/hooks/clerk", content=body, headers=headers)
        assert answer.status_code == 204, answer.text

    async def meet(self, *people: int) -> None:
        """`user.created`."""
        for person in people:
            data = CLERK.user(person, email=f"person{person}@example.com", first_name=f"P{person}", last_name=None)
            await self.deliver("user.created", data)

    async def name(self, organization: str, name: str) -> None:
        """`organization.updated`."""
        await self.deliver("organization.updated", CLERK.organization(organization, name, updated_at=next(self._now)))

    async def add(self, organization: str, person: int, role: str = "org:member") -> dict[str, Any]:
        """`organizationMembership.created`, without the organization's name."""
        data = CLERK.membership(organization, person, role, updated_at=next(self._now))
        data["organization"] = {"id": organization}
        await self.deliver("organizationMembership.created", data)
        return data

    async def remove(self, membership: dict[str, Any]) -> None:
        """`organizationMembership.deleted`, with the time of the last change, as Clerk sends it."""
        await self.deliver("organizationMembership.deleted", membership)

    async def delete(self, organization: str) -> None:
        """`organization.deleted`."""
        data = {"id": organization, "object": "organization", "slug": "acme", "deleted": True}
        await self.deliver("organization.deleted", data)

    def token(self, person: int, organization: str | None = None, role: str = "member", **claims: Any) -> str:
        chosen = {} if organization is None else {"o": active_organization(organization, role)}
        return CLERK.token(person, **chosen, **claims)

    async def ask(self, method: str, path: str, token: str, body: Any = None) -> Response:
        return await self._client.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})

    async def open(self, path: str, token: str, *, send: bool = False) -> Response:
        """A page as a browser asks for it, or its form sent."""
        sid = jwt.decode(token, options={"verify_signature": False})["sid"]
        headers = {"Cookie": f"__session={token}", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        form = {"csrf": FormTokens(SECRET_KEY).token(sid)} if send else None
        method = "POST" if send else "GET"
        return await self._client.request(method, path, data=form, headers=headers, follow_redirects=False)

    async def create(self, token: str, name: str = "Research", organization: str = "Typed") -> dict[str, Any]:
        """A workspace."""
        answer = await self.ask("POST", "/workspaces", token, {"name": name, "organizationName": organization})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def found(self, workspace: dict[str, Any], token: str) -> dict[str, Any] | None:
        """The workspace as that person sees it, None where it is not there for them."""
        answer = await self.ask("GET", f"/workspaces/{workspace['id']}", token)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    def members(self, workspace: dict[str, Any]) -> dict[int, tuple[str, bool]]:
        """{person: (role, whether it follows from the organization)}"""
        rows = self._conn.execute(
            """
            SELECT u."clerkUserId", m."role"::text, m."organizationId" IS NOT NULL FROM "WorkspaceMember" m
            JOIN "User" u ON u."id" = m."userId" WHERE m."workspaceId" = %s
            """,
            (workspace["id"],),
        )
        return {int(clerk_id.removeprefix("user_")): (role, derived) for clerk_id, role, derived in rows}

    def make_member(self, workspace: dict[str, Any], person: int, role: str) -> None:
        """A member by themselves."""
        self._conn.execute(
            """
            INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role")
            SELECT 'direct' || "id", %s, "id", %s FROM "User" WHERE "clerkUserId" = %s
            """,
            (workspace["id"], role, user_id(person)),
        )

    def events(self, workspace: dict[str, Any]) -> list[tuple[str, str, str, dict[str, Any]]]:
        """(type, who did it, what it is about, data), the oldest first."""
        return self._conn.execute(
            """
            SELECT "type", "actorKind"::text, "objectLabel", "data" FROM "AuditEvent" WHERE "workspaceId" = %s
            ORDER BY "createdAt"
            """,
            (workspace["id"],),
        ).fetchall()


@pytest.fixture
def office(client: AsyncTestClient[Litestar], conn: psycopg.Connection) -> Office:
    return Office(client, conn)
