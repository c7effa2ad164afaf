"""A workspace whose events are sent somewhere, and the jobs that do it, run by hand."""

from typing import Any

import psycopg
from httpx import Response
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.events.models import SYSTEM, Event, EventType
from qwalo.events.recording import record
from qwalo.platform.db.pool import Database
from qwalo.platform.ids import cuid
from qwalo.settings import Settings
from qwalo.webhooks.delivering import NotDelivered, deliver
from qwalo.webhooks.safe_connecting import SafeNetwork
from qwalo.webhooks.secrets import Secrets
from qwalo.webhooks.sending import Sender
from tests.people import Api, People, Person


class Office:
    def __init__(
        self,
        api: Api,
        client: AsyncTestClient[Litestar],
        workspace_id: str,
        database: Database,
        conn: psycopg.Connection,
        people: People,
        settings: Settings,
    ) -> None:
        self.api = api
        self.workspace_id = workspace_id
        self.path = f"/workspaces/{workspace_id}/webhook-endpoints"
        self._client = client
        self._database = database
        self._conn = conn
        self._people = people
        network = SafeNetwork(private_addresses=settings.webhook_private_addresses)
        self._sender = Sender(Secrets(settings.secret_key), network, timeout=2)

    async def add_endpoint(self, url: str, *events: str, **more: Any) -> tuple[dict[str, Any], str]:
        """(the endpoint, its secret)"""
        body = {"url": url, "events": list(events) or ["interview.created"], **more}
        response = await self.api.request("POST", self.path, body)
        assert response.status_code == 201, response.text
        made = response.json()
        return made["endpoint"], made["secret"]

    async def happens(self, event: EventType = "interview.created", workspace_id: str | None = None) -> None:
        async with self._database.transaction() as conn:
            await record(conn, SYSTEM, self.event(event, workspace_id))

    def event(self, event: EventType = "interview.created", workspace_id: str | None = None) -> Event:
        return Event(event, workspace_id or self.workspace_id, cuid(), "Why?", {"interview": {"title": "Why?"}})

    def jobs(self) -> list[dict[str, Any]]:
        """The arguments of the jobs that wait, in the order in which they were made."""
        rows = self._conn.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = 'webhooks.deliver' AND status = 'todo' ORDER BY id"
        )
        return [row[0] for row in rows]

    async def run(self, job: dict[str, Any] | None = None, retry_in: int | None = 5) -> bool:
        """Run a job (the newest), and say whether it is to be tried again."""
        job = job or self.jobs()[-1]
        try:
            await deliver(self._database, self._sender, job["delivery_id"], int(job["sending"]), retry_in)
        except NotDelivered:
            return True
        return False

    async def endpoint(self, endpoint: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = (await self.api.request("GET", f"{self.path}/{endpoint['id']}")).json()
        return found

    async def deliveries(self, endpoint: dict[str, Any]) -> list[dict[str, Any]]:
        response = await self.api.request("GET", f"{self.path}/{endpoint['id']}/deliveries")
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()
        return found

    async def delivery(self, endpoint: dict[str, Any]) -> dict[str, Any]:
        [only] = await self.deliveries(endpoint)
        return only

    async def send_again(self, endpoint: dict[str, Any], delivery: dict[str, Any]) -> Response:
        return await self.api.request("POST", f"{self.path}/{endpoint['id']}/deliveries/{delivery['id']}/attempts")

    async def change(self, endpoint: dict[str, Any], **body: Any) -> Response:
        return await self.api.request("PATCH", f"{self.path}/{endpoint['id']}", body)

    def join(self, name: str, role: str) -> tuple[Person, Api]:
        """Somebody of the workspace, and the API as they use it."""
        person = self._people.add(name, f"{name.lower()}@example.com")
        self._conn.execute(
            """
            INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "joinedAt")
            VALUES (%s, %s, %s, %s::"WorkspaceRole", utc_now())
            """,
            (cuid(), self.workspace_id, person.id, role),
        )
        return person, Api(self._client, person)

    def audited(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(type, kind of who did it, data) of what was written down of webhooks."""
        rows = self._conn.execute(
            """
            SELECT "type", "actorKind"::text, "data" FROM "AuditEvent"
            WHERE "type" LIKE 'webhook%' ORDER BY "createdAt", "id"
            """
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def mails(self) -> list[dict[str, Any]]:
        rows = self._conn.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'webhooks.tell_disabled'")
        return [row[0] for row in rows]
