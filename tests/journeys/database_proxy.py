"""PostgreSQL behind a proxy that can be cut."""

import asyncio

from psycopg.conninfo import conninfo_to_dict

from tests.journeys.tcp_proxy import TcpProxy


class DatabaseProxy(TcpProxy):
    """`with DatabaseProxy(database_url) as proxy:` makes the database reachable at `proxy.url` while it is not cut."""

    def __init__(self, database_url: str) -> None:
        parts = conninfo_to_dict(database_url)
        super().__init__(int(parts.get("port") or 5432))
        self._host = str(parts["host"])
        login = f"{parts['user']}:{parts['password']}" if parts.get("password") else str(parts["user"])
        self.url = f"postgresql://{login}@127.0.0.1:{self.port}/{parts['dbname']}"

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._host.startswith("/"):
            return await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self.backend_port}")
        return await asyncio.open_connection(self._host, self.backend_port)
