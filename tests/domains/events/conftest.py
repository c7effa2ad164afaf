"""What the tests of events can have."""

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.platform.db.pool import Database
from tests.domains.calls.house import House
from tests.people import Api, Person


@pytest.fixture
async def house(
    client: AsyncTestClient[Litestar], database: Database, conn: psycopg.Connection, alice: Person
) -> House:
    api = Api(client, alice)
    invitee = await api.invite(await api.create_interview(await api.create_workspace()), "ines@example.com")
    return House(database, conn, alice, invitee["id"])
