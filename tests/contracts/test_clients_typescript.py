"""The TypeScript client: its types are those of the document, and it works against a real server."""

import psycopg
import pytest

from tests import clients
from tests.clients import CLIENTS, TYPESCRIPT
from tests.node_packages import install, run, skip_without_node
from tests.people import People
from tests.server import RunningServer


@pytest.fixture(autouse=True)
def packages() -> None:
    skip_without_node()
    install(CLIENTS)


def test_the_types_are_those_of_the_document() -> None:
    """Whoever changes the API runs `make clients`."""
    assert clients.schema(clients.openapi()) == clients.SCHEMA.read_text(), "Run `make clients`."


def test_the_package_has_the_shapes_of_the_contract() -> None:
    """`tests/shapes.ts` compares them; everything in the package is strict."""
    run("tsc", "-p", str(TYPESCRIPT), folder=CLIENTS)


def test_the_built_client_works_against_a_server(server: RunningServer, conn: psycopg.Connection) -> None:
    """Lists, creates, invites, pages, fails and tries again: the tests in `tests/server.test.mjs`."""
    clients.build()
    variables = {"QWALO_URL": server.url, "QWALO_TOKEN": People(conn, server.settings).add("Ada", "ada@acme.com").token}
    run("node", "--test", str(TYPESCRIPT / "tests"), folder=CLIENTS, variables=variables)
