"""A backup is one that can be restored: all of Qwalo goes on elsewhere, with the links that were sent."""

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql

from qwalo.platform.db import copies
from qwalo.platform.db.embedded import EmbeddedPostgres, binaries
from qwalo.platform.db.revisions import DatabaseNotReady
from tests.conftest import SECRET_KEY, with_database
from tests.journeys.conftest import add_person, as_url, fresh_database
from tests.journeys.hosting import HostApi
from tests.journeys.opening import path_of
from tests.people import Person, interview_path
from tests.server import RunningServer
from tests.smtp import SmtpStandIn

SECRET = {"QWALO_SECRET_KEY": SECRET_KEY}


@pytest.fixture
def empty_database(cluster: str) -> Iterator[str]:
    with made_database(cluster) as url:
        yield url


@contextmanager
def made_database(cluster: str) -> Iterator[str]:
    name = f"restored_{uuid4().hex}"
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield as_url(with_database(cluster, name))
    with psycopg.connect(cluster, autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def filled(server: RunningServer, hanna: Person) -> tuple[dict[str, Any], str]:
    """An interview, and the path of the link that an invitee got by mail."""
    with HostApi(server, hanna) as api:
        interview = api.create_interview("Why did you choose us?")
        invitee = api.invite(interview)
        api.wait_for(interview, invitee, "sentAt")
        return interview, path_of(invitee)


def goes_on(server: RunningServer, hanna: Person, interview: dict[str, Any], link: str) -> None:
    """Sessions, data and links are as before, and new work is done."""
    with HostApi(server, hanna) as api:
        assert api.request("GET", interview_path(interview)).json()["title"] == "Why did you choose us?"
        api.wait_for(interview, api.invite(interview, "late@example.com"), "sentAt")
    opened = httpx.get(f"{server.url}{link}", headers={"Accept": "text/html"}, follow_redirects=False)
    assert opened.status_code == 303
    assert opened.headers["location"].startswith("/join/")


def healthy(server: RunningServer) -> None:
    """`qwalo doctor` finds no problem while the server runs."""
    result = server.run("doctor", "--json")
    document = json.loads(result.stdout)
    assert (result.returncode, document["problems"]) == (0, 0), result.stdout
    levels = {(one["check"], one["level"]) for one in document["findings"]}
    assert {("database", "ok"), ("worker", "ok"), ("mail", "ok")} <= levels


def test_qwalo_goes_on_from_a_dump_on_another_database(database_url: str, empty_database: str, tmp_path: Path) -> None:
    """Taken while the server works, restored where nothing is."""
    file = tmp_path / "backup.dump"
    with SmtpStandIn() as smtp:
        values = {"SMTP_URL": smtp.url, **SECRET}
        with RunningServer(tmp_path / "first", {"DATABASE_URL": database_url, **values}) as first:
            hanna = add_person(first, database_url, "Hanna")
            interview, link = filled(first, hanna)
            assert first.run("db", "dump", str(file)).returncode == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        second = RunningServer(tmp_path / "second", {"DATABASE_URL": empty_database, **values})
        restored = second.run("db", "restore", str(file))
        assert (restored.returncode, restored.stderr) == (0, "")
        with second:
            goes_on(second, hanna, interview, link)
            healthy(second)


def test_an_embedded_database_moves_into_another_folder(tmp_path: Path) -> None:
    """With the key of the folder that it comes from."""
    file = tmp_path / "backup.dump"
    with SmtpStandIn() as smtp:
        with RunningServer(tmp_path / "first", {"SMTP_URL": smtp.url}) as first:
            with EmbeddedPostgres(first.data_dir) as url:
                hanna = add_person(first, url, "Hanna")
            interview, link = filled(first, hanna)
            assert first.run("db", "dump", str(file)).returncode == 0
            key = (first.data_dir / "secret_key").read_text()
        second = RunningServer(tmp_path / "second", {"SMTP_URL": smtp.url})
        second.data_dir.mkdir(mode=0o700)
        (second.data_dir / "secret_key").write_text(key)
        restored = second.run("db", "restore", str(file))
        assert (restored.returncode, restored.stderr) == (0, "")
        with second:
            goes_on(second, hanna, interview, link)
            healthy(second)


def test_all_rows_are_in_the_dump(database_url: str, empty_database: str, tmp_path: Path) -> None:
    """Jobs that wait included; the rules of the tables too."""
    server = RunningServer(tmp_path, {"DATABASE_URL": database_url, **SECRET})
    person = add_person(server, database_url, "Hanna")
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("INSERT INTO qwalo_internal.procrastinate_jobs (queue_name, task_name) VALUES ('default', 't')")
    assert server.run("db", "dump", "copy.dump").returncode == 0
    other = RunningServer(tmp_path, {"DATABASE_URL": empty_database, **SECRET})
    assert other.run("db", "restore", "copy.dump").returncode == 0
    assert described(empty_database) == described(database_url)
    with psycopg.connect(empty_database) as conn:
        assert conn.execute('SELECT "id" FROM "User"').fetchall() == [(person.id,)]


def described(url: str) -> list[Any]:
    """How many rows each table has, and how many triggers, constraints and functions there are."""
    with psycopg.connect(url) as conn:
        tables = conn.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'qwalo_internal') ORDER BY 1, 2"
        ).fetchall()
        rows = [
            (*table, conn.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table))).fetchone())
            for table in tables
        ]
        kinds = ("pg_trigger", "pg_constraint", "pg_proc", "pg_index", "pg_sequence")
        counts = [
            conn.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(kind))).fetchone() for kind in kinds
        ]
    return [*rows, *counts]


def refused(server: RunningServer, *arguments: str) -> str:
    result = server.run("db", *arguments)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_a_database_that_is_in_use_is_not_overwritten(database_url: str, cluster: str, tmp_path: Path) -> None:
    server = RunningServer(tmp_path, {"DATABASE_URL": database_url, **SECRET})
    assert server.run("db", "dump", "copy.dump").returncode == 0
    with fresh_database(cluster) as other_url:
        other = RunningServer(tmp_path, {"DATABASE_URL": other_url, **SECRET})
        assert "nothing is overwritten" in refused(other, "restore", "copy.dump")


def test_an_earlier_backup_is_not_overwritten(database_url: str, tmp_path: Path) -> None:
    server = RunningServer(tmp_path, {"DATABASE_URL": database_url, **SECRET})
    (tmp_path / "copy.dump").write_text("the only one")
    assert "copy.dump" in refused(server, "dump", "copy.dump")
    assert (tmp_path / "copy.dump").read_text() == "the only one"


def test_half_a_backup_restores_nothing(database_url: str, empty_database: str, tmp_path: Path) -> None:
    """It says so, and the database can be used for another try."""
    server = RunningServer(tmp_path, {"DATABASE_URL": database_url, **SECRET})
    assert server.run("db", "dump", "copy.dump").returncode == 0
    whole = (tmp_path / "copy.dump").read_bytes()
    (tmp_path / "half.dump").write_bytes(whole[: len(whole) // 2])
    other = RunningServer(tmp_path, {"DATABASE_URL": empty_database, **SECRET})
    assert "pg_restore failed" in refused(other, "restore", "half.dump")
    assert other.run("db", "restore", "copy.dump").returncode == 0


def test_a_password_is_on_no_command_line_and_in_no_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    run: Callable[..., Any] = binaries.run

    def watched(*given: Any, **variables: str) -> Any:
        seen.append((str(given), variables))
        return run(*given, **variables)

    monkeypatch.setattr(copies, "run", watched)
    with pytest.raises(DatabaseNotReady) as caught:
        copies._run("pg_dump", "postgresql://u:hunter2@127.0.0.1:1/d")
    (command, variables) = seen[0]
    assert "hunter2" not in command + str(caught.value)
    assert variables == {"PGPASSWORD": "hunter2"}
