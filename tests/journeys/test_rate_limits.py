"""Limits at real servers: shared by processes, and there when the database is not."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.journeys.conftest import add_person
from tests.journeys.database_proxy import DatabaseProxy
from tests.server import RunningServer

LIMIT = 30


@contextmanager
def two_servers(database_url: str, folder: Path, **limits: str) -> Iterator[tuple[RunningServer, RunningServer]]:
    variables = {"DATABASE_URL": database_url, "QWALO_SECRET_KEY": "k" * 32, **limits}
    with (
        RunningServer(folder / "one", variables, options=("--no-worker",)) as first,
        RunningServer(folder / "two", variables, options=("--no-worker",)) as second,
    ):
        yield first, second


def test_two_servers_share_a_limit(database_url: str, tmp_path: Path) -> None:
    """What both of them let through is the quota, and not twice as much."""
    with two_servers(database_url, tmp_path, QWALO_RATE_LIMIT=str(LIMIT)) as servers:
        hanna = add_person(servers[0], database_url, "Hanna")
        answers = [
            httpx.get(f"{server.url}/workspaces", headers=hanna.headers) for _ in range(LIMIT) for server in servers
        ]
    assert Counter(answer.status_code for answer in answers) == {200: LIMIT, 429: LIMIT}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["ratelimit-policy"] == f'"credential";q={LIMIT};w=60'


def test_without_the_database_there_is_a_limit_still(database_url: str, tmp_path: Path) -> None:
    """Whether or not the answer could be given: a database that is away is no way around it."""
    with DatabaseProxy(database_url) as proxy:
        variables = {"DATABASE_URL": proxy.url, "QWALO_RATE_LIMIT": str(LIMIT)}
        with RunningServer(tmp_path, variables, options=("--no-worker",)) as server:
            hanna = add_person(server, database_url, "Hanna")
            proxy.cut()
            with httpx.Client(base_url=server.url, headers=hanna.headers, timeout=20) as client:
                answers = Counter(client.get("/workspaces").status_code for _ in range(LIMIT + 10))
            assert answers == {503: LIMIT, 429: 10}
            assert httpx.get(f"{server.url}/health/live").status_code == 200
            proxy.mend()


def test_an_address_that_the_client_writes_itself_is_not_believed(database_url: str, tmp_path: Path) -> None:
    """`X-Forwarded-For` counts where a trusted proxy has added to it, and there is none here."""
    variables = {"DATABASE_URL": database_url, "QWALO_ADDRESS_RATE_LIMIT": str(LIMIT)}
    with RunningServer(tmp_path, variables, options=("--no-worker",)) as server:
        answers = Counter(
            httpx.get(
                f"{server.url}/docs",
                headers={"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"},
            ).status_code
            for number in range(LIMIT + 5)
        )
    assert answers == {200: LIMIT, 429: 5}
