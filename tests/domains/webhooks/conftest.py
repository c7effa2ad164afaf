"""A workspace with an endpoint, and a receiver that is there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.app import create_app
from qwalo.platform.db.pool import Database
from qwalo.settings import Settings
from tests.conftest import make_settings
from tests.domains.webhooks.office import Office
from tests.domains.webhooks.receiver import Receiver
from tests.people import Api, People, Person


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of an installation whose webhooks may go to this machine."""
    return make_settings(tmp_path, QWALO_WEBHOOK_PRIVATE_ADDRESSES="true")


@pytest.fixture
def app(settings: Settings, database_url: str) -> Litestar:
    return create_app(settings, database_url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def api(client: AsyncTestClient[Litestar], alice: Person) -> Api:
    return Api(client, alice)


@pytest.fixture
async def workspace(api: Api) -> dict[str, Any]:
    return await api.create_workspace()


@pytest.fixture
def office(
    api: Api,
    client: AsyncTestClient[Litestar],
    workspace: dict[str, Any],
    database: Database,
    conn: psycopg.Connection,
    people: People,
    settings: Settings,
) -> Office:
    return Office(api, client, workspace["id"], database, conn, people, settings)
