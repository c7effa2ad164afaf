"""`prisma/schema.prisma` is the whole schema as Prisma would write it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.conftest import with_database
from tests.contracts.catalog import Catalog, read_catalog
from tests.contracts.prisma_schema import SCHEMA, ddl
from tests.node_packages import ROOT

MISSION = ROOT / "tests" / "prisma" / "mission.prisma"

# Of these Prisma knows nothing.
OUR_OWN_INDEXES = {
    "CallRecord_inviteeId_open_key",
    "User_local_email_key",
    "WorkspaceMember_workspaceId_email_invited_key",
}


@pytest.fixture
def empty_database(cluster: str) -> Iterator[str]:
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield with_database(cluster, name)
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def described(empty_database: str) -> Catalog:
    """The database that the schema describes."""
    return made(empty_database, ddl(SCHEMA.read_text()))


@pytest.fixture
def ours(database_url: str) -> Catalog:
    """The database that the migrations make."""
    return read_catalog(database_url)


def made(database: str, sql: str) -> Catalog:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(sql.encode())
    return read_catalog(database)


def test_the_schema_describes_every_column(described: Catalog, ours: Catalog) -> None:
    """Name, type, NOT NULL and default; and no column besides."""
    assert described.columns == ours.columns


def test_the_schema_describes_every_key(described: Catalog, ours: Catalog) -> None:
    """Primary and foreign keys; checks are beyond Prisma."""
    keys = {key: value for key, value in ours.constraints.items() if not value[0].startswith("CHECK ")}
    assert described.constraints == keys


def test_the_schema_describes_every_index_that_prisma_can_have(described: Catalog, ours: Catalog) -> None:
    """Partial ones and those on expressions are beyond Prisma."""
    own = {key: sql for key, sql in ours.indexes.items() if " WHERE " in sql[0] or "lower(" in sql[0]}
    assert {name for _, name in own} == OUR_OWN_INDEXES
    assert described.indexes == {key: value for key, value in ours.indexes.items() if key not in own}


def test_the_schema_describes_every_enum(described: Catalog, ours: Catalog) -> None:
    """With the same values in the same order."""
    assert described.enums == ours.enums


def test_the_sql_of_the_missions_schema_is_what_prisma_makes_of_it(empty_database: str) -> None:
    """So the comparison above can be trusted where there is no Prisma: `mission.sql` is Prisma's own."""
    ours = made(empty_database, ddl(MISSION.read_text()))
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute("DROP SCHEMA public CASCADE")
        conn.execute("CREATE SCHEMA public")
    assert made(empty_database, Path(__file__).with_name("mission.sql").read_text()) == ours
