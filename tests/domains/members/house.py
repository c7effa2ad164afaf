"""A workspace with people of every role, and what they do in it by the JSON API."""

from typing import Any

import psycopg
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.members.links import MembershipLinks
from qwalo.platform.ids import cuid
from qwalo.settings import Settings
from tests.contracts.asking import dump
from tests.people import Api, People, Person

Client = AsyncTestClient[Litestar]


class Team:
    """One workspace. Whoever is put into it has the id of their membership in `ids`."""

    def __init__(self, client: Client, people: People, conn: psycopg.Connection, workspace: dict[str, Any]) -> None:
        self.id = str(workspace["id"])
        self.path = f"/workspaces/{self.id}"
        self.members = f"{self.path}/members"
        self._client = client
        self._people = people
        self._conn = conn

    def join(self, name: str, role: str, *, organization: bool = False) -> Person:
        """Somebody new, who is in the workspace from now on; later than those before."""
        person = self._people.add(name, f"{name.lower()}@example.com")
        organization_id = self._organization() if organization else None
        self._conn.execute(
            """
            INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "organizationId", "joinedAt")
            VALUES (%s, %s, %s, %s::"WorkspaceRole", %s, utc_now())
            """,
            (cuid(), self.id, person.id, role, organization_id),
        )
        return person

    def add_key(self, name: str = "Exports") -> str:
        """The id of the membership of an API key's user."""
        member_id, user_id = cuid(), cuid()
        self._conn.execute(
            'INSERT INTO "User" ("id", "clerkUserId", "name") VALUES (%s, %s, %s)', (user_id, f"key_{cuid()}", name)
        )
        self._conn.execute(
            """
            INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "joinedAt")
            VALUES (%s, %s, %s, 'member', utc_now())
            """,
            (member_id, self.id, user_id),
        )
        return member_id

    def share(self, person: Person, role: str) -> None:
        """With an organization, in which this person has that role."""
        organization_id = self._organization()
        self._conn.execute('UPDATE "Workspace" SET "organizationId" = %s WHERE "id" = %s', (organization_id, self.id))
        self._conn.execute(
            """
            INSERT INTO "OrganizationMember" ("clerkOrgId", "clerkUserId", "role", "clerkUpdatedAt")
            SELECT 'org_1', "clerkUserId", %s::"WorkspaceRole", utc_now() FROM "User" WHERE "id" = %s
            """,
            (role, person.id),
        )

    def set_address(self, person: Person, email: str) -> None:
        """Of the person's account, as the identity provider may tell."""
        self._conn.execute('UPDATE "User" SET "email" = %s WHERE "id" = %s', (email, person.id))

    def member_id(self, person: Person) -> str:
        row = self._conn.execute(
            'SELECT "id" FROM "WorkspaceMember" WHERE "workspaceId" = %s AND "userId" = %s', (self.id, person.id)
        ).fetchone()
        assert row is not None, f"{person.name} is not in the workspace"
        return str(row[0])

    def roles(self) -> dict[str, str]:
        """By the name of the person."""
        rows = self._conn.execute(
            """
            SELECT u."name", m."role"::text FROM "WorkspaceMember" m JOIN "User" u ON u."id" = m."userId"
            WHERE m."workspaceId" = %s
            """,
            (self.id,),
        ).fetchall()
        return {str(name): str(role) for name, role in rows}

    def owner_id(self) -> str:
        row = self._conn.execute('SELECT "ownerId" FROM "Workspace" WHERE "id" = %s', (self.id,)).fetchone()
        assert row is not None
        return str(row[0])

    def events(self) -> list[str]:
        rows = self._conn.execute(
            'SELECT "type" FROM "AuditEvent" WHERE "workspaceId" = %s ORDER BY "createdAt", "id"', (self.id,)
        ).fetchall()
        return [str(row[0]) for row in rows if row[0] != "workspace.created"]

    async def ask(self, person: Person, method: str, path: str, body: Any = None) -> Response:
        return await self._client.request(method, path, json=body, headers=person.headers)

    async def invite(self, person: Person, email: str, role: str = "member") -> dict[str, Any]:
        response = await self.ask(person, "POST", self.members, {"email": email, "role": role})
        assert response.status_code == 201, response.text
        invited: dict[str, Any] = response.json()
        return invited

    async def make_key(self, person: Person, name: str = "Exports") -> dict[str, Any]:
        body = {"name": name, "scope": "write"}
        response = await self.ask(person, "POST", f"{self.path}/api-keys", body)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    async def change(self, person: Person, other: Person, role: str) -> Response:
        return await self.ask(person, "PATCH", f"{self.members}/{self.member_id(other)}", {"role": role})

    async def remove(self, person: Person, other: Person) -> Response:
        return await self.ask(person, "DELETE", f"{self.members}/{self.member_id(other)}")

    async def transfer(self, person: Person, member_id: str) -> Response:
        return await self.ask(person, "POST", f"{self.path}/ownership-transfers", {"memberId": member_id})

    def _organization(self) -> str:
        row = self._conn.execute('SELECT "id" FROM "Organization"').fetchone()
        if row is not None:
            return str(row[0])
        organization_id = cuid()
        self._conn.execute(
            'INSERT INTO "Organization" ("id", "clerkOrgId", "name") VALUES (%s, %s, %s)',
            (organization_id, "org_1", "Acme"),
        )
        return organization_id


async def make_team(client: Client, people: People, conn: psycopg.Connection, owner: Person) -> Team:
    return Team(client, people, conn, await Api(client, owner).create_workspace("Research", "Acme"))


def token_of(settings: Settings, member: dict[str, Any]) -> str:
    """What the mail to this invited person carries."""
    url = MembershipLinks(settings.secret_key, settings.public_url).link(member["id"]).url
    return url.rpartition("/")[2]


def problem(response: Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def rows(conn: psycopg.Connection) -> dict[str, list[Any]]:
    """All that is stored, without how often somebody has asked."""
    return {table: found for table, found in dump(conn).items() if table != 'public."RateLimit"'}
