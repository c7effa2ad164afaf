"""Prisma's own programs on our database, where Node is present."""

import json

import psycopg
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from psycopg.conninfo import conninfo_to_dict

from tests.contracts.prisma_schema import SCHEMA
from tests.node_packages import ROOT, install, made_once, run, skip_without_node
from tests.people import Api, Person

FOLDER = ROOT / "tests" / "prisma"
MISSION = FOLDER / "mission.prisma"


@pytest.fixture(autouse=True)
def packages() -> None:
    skip_without_node()
    install(FOLDER)


@pytest.fixture
def variables(database_url: str) -> dict[str, str]:
    """What Prisma's programs need; nothing is fetched, and nothing reported."""
    parts = conninfo_to_dict(database_url)
    return {
        "DATABASE_URL": f"postgresql://{parts['user']}@localhost/{parts['dbname']}?host={parts['host']}&schema=public",
        "PRISMA_SCHEMA_ENGINE_BINARY": str(FOLDER / "schema-engine.mjs"),
        "CHECKPOINT_DISABLE": "1",
        "PRISMA_HIDE_UPDATE_MESSAGE": "1",
    }


def prisma(variables: dict[str, str], *arguments: str) -> str:
    return run("prisma", *arguments, folder=FOLDER, variables=variables)


def test_the_schema_is_valid_and_formatted(variables: dict[str, str]) -> None:
    """By the rules of Prisma's own editor support."""
    prisma(variables, "validate")
    prisma(variables, "format", "--check")


@pytest.mark.parametrize(
    "direction", [("--from-config-datasource", "--to-schema"), ("--to-config-datasource", "--from-schema")]
)
def test_there_is_no_drift(variables: dict[str, str], direction: tuple[str, str]) -> None:
    """Neither is something missing in the database, nor in the schema."""
    database, schema = direction
    assert "No difference detected" in prisma(
        variables, "migrate", "diff", database, schema, str(SCHEMA), "--exit-code"
    )


def test_drift_would_be_seen(variables: dict[str, str], conn: psycopg.Connection) -> None:
    """Else the test above says nothing."""
    conn.execute('ALTER TABLE "Interview" ADD COLUMN "extra" TEXT NOT NULL')
    with pytest.raises(AssertionError, match=r"ended with 2:\n\n.*\n.*`extra`"):
        prisma(variables, "migrate", "diff", "--from-config-datasource", "--to-schema", str(SCHEMA), "--exit-code")


async def test_a_client_of_the_missions_schema_reads_and_writes(
    client: AsyncTestClient[Litestar], alice: Person, variables: dict[str, str]
) -> None:
    """It sees what the API made, and the API what it made: with its owner as a member."""
    api = Api(client, alice)
    workspace = await api.create_workspace("By the API")
    invitee = await api.invite(await api.create_interview(workspace))
    with made_once(FOLDER / "node_modules" / ".qwalo-mission", [MISSION]) as missing:
        if missing:
            prisma(variables, "generate", "--schema", str(MISSION))
    found = json.loads(run("node", "mission.mjs", alice.id, folder=FOLDER, variables=variables))

    [read] = found["read"]
    assert (read["id"], read["createdAt"]) == (workspace["id"], workspace["createdAt"])
    assert [one["id"] for interview in read["interviews"] for one in interview["invitees"]] == [invitee["id"]]

    [newest, _] = (await api.request("GET", "/workspaces")).json()
    written, updated = found["written"], found["updated"]
    assert newest["id"] == written["id"]
    assert (newest["name"], newest["role"]) == ("By Prisma, renamed", "owner")
    assert newest["updatedAt"] >= updated["createdAt"]
    [interview] = (await api.request("GET", f"/workspaces/{written['id']}/interviews")).json()
    assert interview["mode"] == "voice"
    assert [one["email"] for one in interview["invitees"]] == ["ines@example.com"]
