"""The database: is it there, is it new enough, is it at the newest migration, may it be written?"""

import asyncio

import psycopg

from qwalo.doctor import repository
from qwalo.doctor.findings import Finding, ok, problem, warning
from qwalo.doctor.subject import Subject
from qwalo.platform.db import revisions

CHECK = "database"
# Of one server process and of one worker, see docs/howto/deploy.md.
FEWEST_CONNECTIONS = 42


async def check(subject: Subject) -> list[Finding]:
    if subject.url is None:
        if subject.settings.database_url is None:
            return [ok(CHECK, "There is none yet: the first start makes it.")]
        return []
    # psycopg tells, better than the driver of the server does, why a database cannot be reached.
    return await asyncio.to_thread(_look, subject.url, embedded=subject.settings.database_url is None)


def _look(url: str, *, embedded: bool) -> list[Finding]:
    try:
        at, head = revisions.current(url, options=repository.IMPATIENT), revisions.head()
        with revisions.connect(url, options=repository.IMPATIENT) as conn:
            where = "embedded " if embedded else ""
            findings = [ok(CHECK, f"It answers: {where}PostgreSQL {repository.version(conn)}.")]
            if at != head:
                return [*findings, _outdated(at, head, embedded=embedded)]
            findings.append(ok(CHECK, f"It is at the newest migration, {head}."))
            return [*findings, *_writing(conn), *_room(conn)]
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable):
        return [_locked()]
    except revisions.DatabaseNotReady as error:
        what, _, advice = str(error).rpartition(": ")
        if not what:
            return [problem(CHECK, advice, "Use a PostgreSQL that is new enough.")]
        return [problem(CHECK, f"{what}.", f"{advice[0].upper()}{advice[1:]}")]


def _outdated(at: str | None, head: str, *, embedded: bool) -> Finding:
    if at is not None and at > head:
        detail = f"It is at migration {at}, which this version of Qwalo ({head}) does not know."
        return problem(CHECK, detail, "Install the version of Qwalo that wrote it, or a newer one.")
    detail = f"It is at migration {at or 'none'}, and Qwalo needs {head}."
    if embedded:
        return warning(CHECK, detail, "The next start of `qwalo serve` brings it there.")
    return problem(CHECK, detail, "Make a backup, and run `qwalo db upgrade`.")


def _locked() -> Finding:
    advice = "Look into pg_stat_activity for who holds it: a migration that hangs, or somebody's console."
    return problem(CHECK, "It answers, but something holds a lock that everything waits for.", advice)


def _writing(conn: psycopg.Connection) -> list[Finding]:
    try:
        repository.try_to_write(conn)
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable):
        conn.rollback()
        return [_locked()]
    except psycopg.Error as error:
        conn.rollback()
        reason = error.diag.message_primary or type(error).__name__
        advice = "Name the primary server in DATABASE_URL, and a user who owns the tables."
        return [problem(CHECK, f"It cannot be written ({reason}).", advice)]
    return [ok(CHECK, "It can be written.")]


def _room(conn: psycopg.Connection) -> list[Finding]:
    left = repository.connections_left(conn)
    if left >= FEWEST_CONNECTIONS:
        return []
    return [
        warning(
            CHECK,
            f"It takes {left} more connections; a server process holds 18, and a worker up to 24.",
            "Raise max_connections, unless Qwalo runs already and has its own.",
        )
    ]
