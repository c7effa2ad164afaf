"""The database is the mission's, and more: what Prisma generates for its schema is there under the same names."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from qwalo.platform.db import migrate, revisions
from qwalo.platform.db.pool import LIBRARY_SCHEMA
from tests.conftest import with_database
from tests.contracts.catalog import Catalog, read_catalog
from tests.contracts.conftest import as_address

MISSION = Path(__file__).with_name("mission.sql")


@pytest.fixture
def empty_database(cluster: str) -> Iterator[str]:
    """The address of a database without any table."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield with_database(cluster, name)
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def mission(empty_database: str) -> Catalog:
    with psycopg.connect(empty_database, autocommit=True) as conn:
        conn.execute(MISSION.read_bytes())
    return read_catalog(empty_database)


@pytest.fixture
def ours(database_url: str) -> Catalog:
    return read_catalog(database_url)


def test_the_columns_of_the_mission_are_ours(mission: Catalog, ours: Catalog) -> None:
    """Name, type with its precision, NOT NULL and default are the same."""
    assert len(mission.columns) == 26
    assert {key: ours.columns.get(key) for key in mission.columns} == mission.columns


def test_a_column_that_we_add_can_be_left_out(mission: Catalog, ours: Catalog) -> None:
    """A writer that knows only the mission's columns can insert."""
    added = {key: ours.columns[key] for key in ours.columns.keys() - mission.columns if key[0] in mission.tables}
    assert {key for key, (_, required, default, *_) in added.items() if required and default is None} == set()


def test_the_constraints_of_the_mission_are_ours(mission: Catalog, ours: Catalog) -> None:
    """Primary and foreign keys, with what they do on delete and on update."""
    assert {key: ours.constraints.get(key) for key in mission.constraints} == mission.constraints


def test_no_constraint_narrows_the_tables_of_the_mission(mission: Catalog, ours: Catalog) -> None:
    """What a client of the mission may write, ours takes: further keys are of columns that it leaves out."""
    added = {key: ours.constraints[key] for key in ours.constraints if key[0].strip('"') in mission.tables}
    further = {key[1] for key in added.keys() - mission.constraints}
    assert further == {"Workspace_organizationId_fkey", "InterviewInvitee_hostId_fkey"}


def test_the_indexes_of_the_mission_are_ours(mission: Catalog, ours: Catalog) -> None:
    """Under the same names, with the same definitions."""
    assert {key: ours.indexes.get(key) for key in mission.indexes} == mission.indexes


def test_the_enums_of_the_mission_are_ours(mission: Catalog, ours: Catalog) -> None:
    """With the same values in the same order, and no value besides."""
    assert {name: ours.enums.get(name) for name in mission.enums} == mission.enums


def test_every_table_is_named_and_keyed_as_prisma_does(ours: Catalog) -> None:
    """A model in the singular, with a primary key `Table_pkey`."""
    assert all(table[0].isupper() and table.isalnum() for table in ours.tables)
    keys = {name for (_, name), (definition, *_) in ours.constraints.items() if definition.startswith("PRIMARY KEY")}
    assert keys == {f"{table}_pkey" for table in ours.tables}


def test_the_tables_of_libraries_are_in_a_schema_of_their_own(database_url: str) -> None:
    """So `prisma db pull` and people who look at the database see the product alone."""
    tables = read_catalog(database_url, LIBRARY_SCHEMA).tables
    assert {"alembic_version", "procrastinate_jobs"} <= tables


def test_the_migrations_go_back_and_forward_again(empty_database: str) -> None:
    """Nothing is left behind at the bottom, and the top is the same the second time."""
    migrate.upgrade(empty_database)
    schemas = ("public", LIBRARY_SCHEMA)
    first = [read_catalog(empty_database, schema) for schema in schemas]
    migrate.downgrade(empty_database, "base")
    assert read_catalog(empty_database) == Catalog({}, {}, {}, {}, {})
    assert read_catalog(empty_database, LIBRARY_SCHEMA).tables <= {"alembic_version"}
    migrate.upgrade(empty_database)
    assert [read_catalog(empty_database, schema) for schema in schemas] == first


def test_each_migration_can_be_taken_back_by_itself(empty_database: str) -> None:
    """One step down and up again changes nothing, at every step."""
    revisions = [revision for revision, _, _ in migrate.history(empty_database)]
    before: str = "base"
    for revision in revisions:
        migrate.upgrade(empty_database, revision)
        catalog = read_catalog(empty_database)
        migrate.downgrade(empty_database, before)
        migrate.upgrade(empty_database, revision)
        assert read_catalog(empty_database) == catalog, revision
        before = revision


def test_upgrades_that_race_are_fine(empty_database: str, ours: Catalog, tmp_path: Path) -> None:
    """The second one waits for the first, and finds nothing to do."""
    env = os.environ | {"DATABASE_URL": as_address(empty_database), "QWALO_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "qwalo", "db", "upgrade"]
    racers = [
        subprocess.Popen(command, env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for racer in racers:
        out, err = racer.communicate(timeout=60)
        assert (racer.returncode, err) == (0, "")
        assert out == f"The database is at {revisions.head()}.\n"
    assert read_catalog(empty_database) == ours
