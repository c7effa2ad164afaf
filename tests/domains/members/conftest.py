"""What tests of members have: Alice's workspace."""

import psycopg
import pytest

from qwalo.settings import Settings
from tests.domains.members.house import Client, Team, make_team
from tests.domains.members.visiting import Pages
from tests.people import People, Person


@pytest.fixture
async def team(client: Client, people: People, conn: psycopg.Connection, alice: Person) -> Team:
    return await make_team(client, people, conn, alice)


@pytest.fixture
def pages(client: Client, settings: Settings, team: Team) -> Pages:
    return Pages(client, settings, team)
