"""What contract tests need besides: addresses as an operator writes them, a running server."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.server import RunningServer


@pytest.fixture
def address(database_url: str) -> str:
    """The test's database, as DATABASE_URL wants it."""
    return as_address(database_url)


@pytest.fixture
def server(address: str, tmp_path: Path) -> Iterator[RunningServer]:
    """The real program on the test's database, with all settings else at their defaults."""
    with RunningServer(tmp_path / "server", {"DATABASE_URL": address}, options=("--no-worker",)) as running:
        yield running


def as_address(conninfo: str) -> str:
    parts = conninfo_to_dict(conninfo)
    user, password, name = (quote(str(parts.pop(key, None) or ""), safe="") for key in ("user", "password", "dbname"))
    return f"postgresql://{f'{user}:{password}' if password else user}@/{name}?{urlencode(parts)}"
