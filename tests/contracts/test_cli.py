"""The command line as an operator uses it: processes of their own, exit codes, one line for what stops them."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from click.testing import CliRunner
from litestar import Litestar
from litestar.testing import AsyncTestClient

from qwalo.cli import main
from qwalo.platform.db import migrate, revisions
from tests.conftest import SECRET_KEY, with_database
from tests.contracts.conftest import as_address
from tests.server import RunningServer
from tests.smtp import free_port

Command = Callable[..., "subprocess.CompletedProcess[str]"]
MIGRATING = ("upgrade", "downgrade", "revision", "status", "dump", "restore")
OURS = ("QWALO_", "CLERK_", "SMTP_", "MAIL_", "DATABASE_")


@pytest.fixture
def qwalo(tmp_path: Path) -> Command:
    """Runs `qwalo ARGUMENTS` in an empty folder; keywords are all that it has of our environment variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}

    def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "qwalo", *arguments],
            env=inherited | {"QWALO_DATA_DIR": str(tmp_path / "data"), "QWALO_SECRET_KEY": SECRET_KEY} | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def empty_address(cluster: str) -> Iterator[str]:
    """A database without any table, as DATABASE_URL wants it."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield as_address(with_database(cluster, name))
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("db", "upgrade"), ("token",), ("sign-in-link",)])
def test_a_wrong_setting_stops_every_command(qwalo: Command, command: tuple[str, ...]) -> None:
    """Exit code 1, one line that names the variable, nothing on the way out."""
    result = qwalo(*command, SMTP_URL="http://u:hunter2@h")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: SMTP_URL must look like ")
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr


@pytest.mark.parametrize("command", ["serve", "worker", "token"])
def test_an_outdated_database_of_somebody_else_is_refused(qwalo: Command, empty_address: str, command: str) -> None:
    """It says what to run, and touches nothing."""
    result = qwalo(command, DATABASE_URL=empty_address)
    head = revisions.head()
    assert result.returncode == 1
    assert result.stderr == (
        f"Error: The database is at migration none, and Qwalo needs {head}: run `qwalo db upgrade`.\n"
    )
    assert revisions.current(empty_address) is None


def test_a_database_that_is_away_is_told_in_one_line(qwalo: Command) -> None:
    """With the variable to correct, and without the password."""
    result = qwalo("serve", DATABASE_URL=f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d")
    assert result.returncode == 1
    assert "DATABASE_URL" in result.stderr
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr


def test_a_port_that_is_taken_is_told_in_one_line(qwalo: Command, address: str) -> None:
    """And a second server does not quietly share the requests."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        result = qwalo("serve", "--port", str(taken), DATABASE_URL=address)
    assert result.returncode == 1
    assert result.stderr.startswith(f"Error: Qwalo cannot listen at 127.0.0.1:{taken}")
    assert result.stderr.count("\n") == 1


def test_the_database_is_brought_up_and_down(qwalo: Command, empty_address: str) -> None:
    """`status` shows each migration with an x where it is applied."""
    head = revisions.head()
    applied = []
    for command in (
        ["upgrade", "0002"],
        ["upgrade"],
        ["downgrade", "--yes", "--", "-1"],
        ["downgrade", "--yes", "base"],
    ):
        done = qwalo("db", *command, DATABASE_URL=empty_address)
        assert (done.returncode, done.stderr) == (0, "")
        lines = qwalo("db", "status", DATABASE_URL=empty_address).stdout.splitlines()
        applied.append([line[2:6] for line in lines if line.startswith("x ")])
        assert len(lines) == int(head)
    numbers = [f"{n + 1:04d}" for n in range(int(head))]
    assert applied == [numbers[:2], numbers, numbers[:-1], []]


def test_going_back_asks_first(qwalo: Command, address: str) -> None:
    """Data can be lost."""
    result = qwalo("db", "downgrade", "base", DATABASE_URL=address)
    assert result.returncode == 1
    assert "Go on?" in result.stdout
    assert revisions.current(address) == revisions.head()


def test_an_unknown_revision_is_told_in_one_line(qwalo: Command, address: str) -> None:
    """It is a slip of the operator's, and no fault of ours."""
    result = qwalo("db", "upgrade", "nonsense", DATABASE_URL=address)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "nonsense" in result.stderr


def test_a_new_migration_is_framed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next number, the message as its name, and the one before as what it builds on."""
    package = tmp_path / "qwalo"
    shutil.copytree(Path(migrate.__file__).parents[2] / "migrations", package / "migrations")
    for module in (migrate, revisions):
        monkeypatch.setattr(module, "files", lambda _: package)
    head = revisions.head()
    result = CliRunner().invoke(main, ["db", "revision", "Interviews have a colour"])
    assert result.exit_code == 0, result.output
    made = Path(result.stdout.strip())
    number = f"{int(head) + 1:04d}"
    assert made == package / "migrations" / "versions" / f"{number}_interviews_have_a_colour.py"
    text = made.read_text()
    assert text.startswith('"""Interviews have a colour."""\n')
    assert f'revision = "{number}"\ndown_revision = "{head}"\n' in text
    assert revisions.head() == number


async def test_a_printed_token_is_taken_by_the_api(
    qwalo: Command, address: str, client: AsyncTestClient[Litestar]
) -> None:
    """Once for somebody new, and again for the same person."""
    ids = set()
    for _ in range(2):
        result = qwalo("token", "Ana@example.com", DATABASE_URL=address)
        assert (result.returncode, result.stderr) == (0, "")
        me = await client.get("/me", headers={"Authorization": f"Bearer {result.stdout.strip()}"})
        assert me.json()["email"] == "ana@example.com"
        ids.add(me.json()["id"])
    assert len(ids) == 1


def test_a_printed_link_leads_to_the_public_address(qwalo: Command, address: str) -> None:
    """And is all that is printed."""
    result = qwalo("sign-in-link", DATABASE_URL=address, QWALO_PUBLIC_URL="https://q.example.com")
    assert result.stdout.startswith("https://q.example.com/sign-in/")
    assert result.stdout.count("\n") == 1


def test_an_address_that_is_none_is_told_in_one_line(qwalo: Command, address: str) -> None:
    """Nobody is made of it."""
    result = qwalo("token", "nobody", DATABASE_URL=address)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: EMAIL: ")


@pytest.mark.parametrize(
    "command",
    [
        *("", "serve", "worker", "token", "sign-in-link", "openapi", "doctor", "db"),
        *(f"db {name}" for name in MIGRATING),
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    """With a sentence, and one for each option."""
    result = CliRunner().invoke(main, [*command.split(), "--help"])
    assert result.exit_code == 0
    usage, _, rest = result.stdout.partition("\n\n")
    assert usage.startswith("Usage:")
    explanation, _, options = rest.partition("Options:")
    assert explanation.strip()[0].isupper()
    assert all("  " in line.strip() for line in options.splitlines() if line.strip().startswith("-"))


def test_the_openapi_document_is_printed_without_a_database(qwalo: Command, tmp_path: Path) -> None:
    """With the addresses of the settings, and nothing is made for it."""
    result = qwalo("openapi", QWALO_PUBLIC_URL="https://qwalo.example.com", QWALO_SECRET_KEY="")
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert document["servers"] == [{"url": "https://qwalo.example.com"}]
    assert "/workspaces" in document["paths"]
    assert list(tmp_path.iterdir()) == []


def test_the_environment_wins_over_the_file(qwalo: Command, tmp_path: Path, address: str) -> None:
    """A `.env` in the folder where the command runs is read."""
    lines = [f'DATABASE_URL="{address}"', "QWALO_PUBLIC_URL=https://file.example.com", "QWALO_PORT=8080"]
    (tmp_path / ".env").write_text("\n".join(lines))
    assert qwalo("sign-in-link").stdout.startswith("https://file.example.com/")
    from_environment = qwalo("sign-in-link", QWALO_PUBLIC_URL="https://env.example.com").stdout
    assert from_environment.startswith("https://env.example.com/")
    # An empty variable takes away what the file sets.
    assert qwalo("sign-in-link", QWALO_PUBLIC_URL="").stdout.startswith("http://127.0.0.1:8080/")


def test_options_win_over_both(tmp_path: Path, address: str) -> None:
    """For the server, its processes and what it prints."""
    (tmp_path / ".env").write_text("QWALO_PORT=1\nQWALO_HOST=203.0.113.1\n")
    port = free_port()
    variables = {"DATABASE_URL": address, "QWALO_PORT": "2", "QWALO_DATA_DIR": str(tmp_path / "other")}
    options = ("--host", "127.0.0.1", "--port", str(port), "--data-dir", str(tmp_path / "data"), "--no-worker")
    with RunningServer(tmp_path, variables, options=options, port=port) as server:
        assert f"Qwalo is at http://127.0.0.1:{port}/dashboard" in server.output()
        assert httpx.get(f"{server.url}/sign-in").status_code == 200
    assert not (tmp_path / "other").exists()
    assert (tmp_path / "data" / "secret_key").exists()
