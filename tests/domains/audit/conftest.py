"""Alice with a workspace, and a way to put events into its log."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.events.models import EventType
from qwalo.platform.ids import cuid
from tests.people import Api, Person

Client = AsyncTestClient[Litestar]
BEGINNING = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def api(client: Client, alice: Person) -> Api:
    return Api(client, alice)


@pytest.fixture
async def workspace(api: Api, conn: psycopg.Connection) -> dict[str, Any]:
    """With an empty log."""
    made = await api.create_workspace("Research & Co.")
    conn.execute('DELETE FROM "AuditEvent"')
    return made


class Log:
    """Writes rows as the services do, at the times that a test wants: hours after the beginning of 2 March 2026."""

    def __init__(self, conn: psycopg.Connection, workspace: dict[str, Any]) -> None:
        self._conn = conn
        self.workspace = workspace
        self.path = f"/workspaces/{workspace['id']}/audit-events"
        self.page = f"/dashboard/workspaces/{workspace['id']}/audit-log"

    def add(
        self,
        kind: EventType = "interview.created",
        label: str = "Why",
        *,
        hours: float = 0,
        actor: tuple[str, str | None, str | None] = ("user", "someone", "Ana Ruiz"),
        object_id: str = "object",
        data: dict[str, Any] | None = None,
        address: str | None = "203.0.113.7",
    ) -> str:
        event_id = cuid()
        self._conn.execute(
            """INSERT INTO "AuditEvent" ("id", "workspaceId", "type", "actorKind", "actorId", "actorLabel", "objectId",
                "objectLabel", "data", "address", "createdAt")
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
            (
                event_id,
                self.workspace["id"],
                kind,
                *actor,
                object_id,
                label,
                msgspec.json.encode(data or {}).decode(),
                address,
                (BEGINNING + timedelta(hours=hours)).replace(tzinfo=None),
            ),
        )
        return event_id


@pytest.fixture
def log(conn: psycopg.Connection, workspace: dict[str, Any]) -> Log:
    return Log(conn, workspace)


@pytest.fixture
def add_member(conn: psycopg.Connection, workspace: dict[str, Any]) -> Callable[[Person, str], None]:
    def add(person: Person, role: str) -> None:
        conn.execute(
            """INSERT INTO "WorkspaceMember" ("id", "workspaceId", "userId", "role", "joinedAt")
            VALUES (%s, %s, %s, %s, utc_now())""",
            (f"m{person.id}", workspace["id"], person.id, role),
        )

    return add
