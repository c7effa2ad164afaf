"""How a revision runs its SQL: as it is written, with no colon or percent sign read as a parameter."""

from typing import cast

import psycopg
from alembic import op


def sql(statements: str) -> None:
    """Run one or more statements on the migration's connection, in its transaction."""
    connection = cast("psycopg.Connection", op.get_bind().connection.driver_connection)
    connection.execute(statements.encode())
