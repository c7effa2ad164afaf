"""The database as a real one is found, and what waits in it."""

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest

from qwalo.doctor import clock, database, repository, worker
from qwalo.platform.db import migrate, revisions
from tests.conftest import with_database
from tests.domains.doctor.conftest import MakeSubject, levels
from tests.smtp import free_port

ELSEWHERE = {"DATABASE_URL": "postgresql://somewhere/qwalo"}
JOB = "INSERT INTO procrastinate_jobs (queue_name, task_name, status, scheduled_at) VALUES ('default', %s, %s, {})"


@pytest.fixture
def reader(conn: psycopg.Connection, database_url: str) -> Iterator[str]:
    """The database as somebody reaches it who may only read."""
    name = f"reader_{uuid4().hex[:8]}"
    conn.execute(f"CREATE ROLE {name} LOGIN")
    conn.execute(f"GRANT USAGE ON SCHEMA public, qwalo_internal TO {name}")
    conn.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public, qwalo_internal TO {name}")
    yield psycopg.conninfo.make_conninfo(database_url, user=name)
    conn.execute(f"DROP OWNED BY {name}")
    conn.execute(f"DROP ROLE {name}")


async def test_a_database_that_is_ready_is_well(subject: MakeSubject, database_url: str) -> None:
    findings = await database.check(subject(database_url))
    assert set(levels(findings)) == {"ok"}
    assert revisions.head() in findings[1].detail


async def test_a_database_that_is_away_is_told_without_its_password(subject: MakeSubject) -> None:
    url = f"postgresql://u:hunter2@127.0.0.1:{free_port()}/d"
    (finding,) = await database.check(subject(url, DATABASE_URL=url))
    assert finding.level == "problem"
    assert "DATABASE_URL" in finding.advice
    assert "hunter2" not in finding.detail + finding.advice


async def test_a_locked_database_is_told_and_not_waited_for(
    subject: MakeSubject, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a migration that hangs."""
    monkeypatch.setattr(repository, "IMPATIENT", repository.IMPATIENT.replace("lock_timeout=5s", "lock_timeout=200ms"))
    with psycopg.connect(database_url) as other:
        other.execute('LOCK TABLE "Workspace" IN ACCESS EXCLUSIVE MODE')
        *_, finding = await database.check(subject(database_url, **ELSEWHERE))
    assert finding.level == "problem"
    assert "lock" in finding.detail
    assert "pg_stat_activity" in finding.advice


async def test_an_outdated_database_is_told(subject: MakeSubject, database_url: str) -> None:
    migrate.downgrade(database_url, "0010")
    *_, finding = await database.check(subject(database_url, **ELSEWHERE))
    assert finding.level == "problem"
    assert "qwalo db upgrade" in finding.advice


async def test_a_database_of_a_newer_version_is_told(
    subject: MakeSubject, database_url: str, conn: psycopg.Connection
) -> None:
    conn.execute("UPDATE qwalo_internal.alembic_version SET version_num = '9999'")
    *_, finding = await database.check(subject(database_url, **ELSEWHERE))
    assert finding.level == "problem"
    assert "9999" in finding.detail


async def test_an_embedded_database_is_upgraded_by_the_start(
    subject: MakeSubject, cluster: str, conn: psycopg.Connection
) -> None:
    *_, finding = await database.check(subject(with_database(cluster, "postgres")))
    assert finding.level == "warning"


async def test_a_user_who_may_only_read_is_told(subject: MakeSubject, reader: str) -> None:
    findings = await database.check(subject(reader))
    assert "problem" in levels(findings)
    (finding,) = [finding for finding in findings if finding.level == "problem"]
    assert "permission denied" in finding.detail


async def test_a_server_that_only_follows_another_is_told(
    subject: MakeSubject, database_url: str, conn: psycopg.Connection
) -> None:
    """A standby refuses to write in the same words."""
    conn.execute(f'ALTER DATABASE "{conn.info.dbname}" SET default_transaction_read_only = on')
    (finding,) = [one for one in await database.check(subject(database_url)) if one.level == "problem"]
    assert "read-only" in finding.detail


async def test_the_databases_clock_is_compared(subject: MakeSubject, database_url: str) -> None:
    assert levels(await clock.check(subject(database_url))) == ["ok"]


async def test_jobs_that_nobody_does_are_told(
    subject: MakeSubject, database_url: str, conn: psycopg.Connection
) -> None:
    conn.execute(JOB.format("NULL"), ("invitees.send", "todo"))
    (finding,) = await worker.check(subject(database_url))
    assert finding.level == "problem"
    assert "qwalo worker" in finding.advice


async def test_a_job_of_later_needs_no_worker_yet(
    subject: MakeSubject, database_url: str, conn: psycopg.Connection
) -> None:
    conn.execute(JOB.format("now() + interval '1 hour'"), ("invitees.send", "todo"))
    assert levels(await worker.check(subject(database_url))) == ["warning"]


async def test_a_worker_that_lives_is_well(subject: MakeSubject, database_url: str, conn: psycopg.Connection) -> None:
    conn.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert levels(await worker.check(subject(database_url))) == ["ok"]


async def test_a_worker_that_died_does_not_count(
    subject: MakeSubject, database_url: str, conn: psycopg.Connection
) -> None:
    conn.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')")
    assert levels(await worker.check(subject(database_url))) == ["warning"]


async def test_a_worker_that_is_behind_is_a_warning(
    subject: MakeSubject, database_url: str, conn: psycopg.Connection
) -> None:
    conn.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    conn.execute(JOB.format("now() - interval '5 minutes'"), ("invitees.send", "todo"))
    (finding,) = await worker.check(subject(database_url))
    assert (finding.level, "5 minutes" in finding.detail) == ("warning", True)


async def test_jobs_that_failed_for_good_are_named(
    subject: MakeSubject, database_url: str, conn: psycopg.Connection
) -> None:
    conn.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    conn.execute(JOB.format("NULL"), ("webhooks.deliver", "failed"))
    ok, finding = await worker.check(subject(database_url))
    assert (ok.level, finding.level) == ("ok", "warning")
    assert "webhooks.deliver (1)" in finding.detail
