"""What contract tests need besides: addresses as an operator writes them."""

from urllib.parse import quote, urlencode

import pytest
from psycopg.conninfo import conninfo_to_dict


@pytest.fixture
def address(database_url: str) -> str:
    """The test's database, as DATABASE_URL wants it."""
    return as_address(database_url)


def as_address(conninfo: str) -> str:
    parts = conninfo_to_dict(conninfo)
    user, password, name = (quote(str(parts.pop(key, None) or ""), safe="") for key in ("user", "password", "dbname"))
    return f"postgresql://{f'{user}:{password}' if password else user}@/{name}?{urlencode(parts)}"
