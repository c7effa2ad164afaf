"""What tests of members have: Alice's workspace."""

import psycopg
import pytest

from tests.domains.members.house import Client, Team, make_team
from tests.people import People, Person


@pytest.fixture
async def team(client: Client, people: People, conn: psycopg.Connection, alice: Person) -> Team:
    return await make_team(client, people, conn, alice)
