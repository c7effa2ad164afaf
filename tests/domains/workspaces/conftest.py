"""What the tests of workspaces can have."""

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from tests.domains.members.house import Team, make_team
from tests.people import People, Person


@pytest.fixture
async def team(client: AsyncTestClient[Litestar], people: People, conn: psycopg.Connection, alice: Person) -> Team:
    return await make_team(client, people, conn, alice)
