"""What every test can have: a database of its own, an application on it, people who use it."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.app import create_app
from qwalo.platform.db import migrate
from qwalo.platform.db.embedded import EmbeddedPostgres
from qwalo.platform.db.pool import SESSION_OPTIONS, Database
from qwalo.settings import Settings, from_values
from tests.people import People, Person

SECRET_KEY = "only-for-tests-" + "k" * 32
# All of a test's requests come from one address, and some tests send thousands.
UNLIMITED = {"QWALO_RATE_LIMIT": "1000000", "QWALO_ADDRESS_RATE_LIMIT": "1000000"}
TEMPLATE = "qwalo_template"
TEMPLATE_LOCK = 4_711


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL with a migrated template database, shared by all workers of the run.

    DATABASE_URL names another server to test on, with a user who may create databases.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given is not None:
        _make_template(given)
        yield given
        return
    root = tmp_path_factory.getbasetemp()
    shared = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    with EmbeddedPostgres(shared / "cluster") as url:
        _make_template(url)
        yield url


@pytest.fixture
def database_url(cluster: str) -> Iterator[str]:
    """The address of a migrated, empty database that only this test has."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE {TEMPLATE}')
    yield with_database(cluster, name)
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    db = Database(database_url, size=4)
    await db.open()
    yield db
    await db.close()


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """A plain connection, to arrange and to look behind the scenes."""
    with psycopg.connect(database_url, autocommit=True, options=SESSION_OPTIONS) as connection:
        yield connection


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


@pytest.fixture
def app(settings: Settings, database_url: str) -> Litestar:
    return create_app(settings, database_url)


@pytest.fixture
async def client(app: Litestar, settings: Settings) -> AsyncIterator[AsyncTestClient[Litestar]]:
    """Nobody in particular: requests carry no credential unless a person's headers are given."""
    async with AsyncTestClient(app, base_url=settings.public_url) as test_client:
        yield test_client


@pytest.fixture
def people(conn: psycopg.Connection, settings: Settings) -> People:
    return People(conn, settings)


@pytest.fixture
def alice(people: People) -> Person:
    """Has a workspace, in most tests."""
    return people.add("Alice", "alice@example.com")


@pytest.fixture
def bob(people: People) -> Person:
    """Is somebody else, with a workspace of his own."""
    return people.add("Bob", "bob@example.com")


def make_settings(data_dir: Path, **values: str) -> Settings:
    given = {"QWALO_DATA_DIR": str(data_dir), "QWALO_SECRET_KEY": SECRET_KEY, "QWALO_PUBLIC_URL": "http://qwalo.test"}
    return from_values(given | UNLIMITED | values)


def with_database(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return psycopg.conninfo.make_conninfo(url, dbname=name)


def _make_template(cluster: str) -> None:
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", (TEMPLATE_LOCK,))
        try:
            if conn.execute("SELECT FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone() is None:
                # Nothing here has to outlive a power cut.
                for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
                    conn.execute(f"ALTER SYSTEM SET {setting}")
                conn.execute("SELECT pg_reload_conf()")
                draft = f"{TEMPLATE}_draft"
                conn.execute(f"DROP DATABASE IF EXISTS {draft}")
                conn.execute(f"CREATE DATABASE {draft}")
                migrate.upgrade(with_database(cluster, draft))
                conn.execute(f"ALTER DATABASE {draft} RENAME TO {TEMPLATE}")
        finally:
            conn.execute("SELECT pg_advisory_unlock(%s)", (TEMPLATE_LOCK,))
