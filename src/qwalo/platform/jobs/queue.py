"""Jobs: what runs later, kept in PostgreSQL by procrastinate, deferred in the transaction that wants them.

Deferring calls procrastinate's own versioned SQL function, so that it can be part of the statement that makes it
necessary: one round trip for both, and the processes that answer requests need not load the library.
"""

from datetime import timedelta

from qwalo.platform.db.pool import Connection

_NOW = timedelta(0)

DEFAULT = "default"
# For what waits for servers that nobody here knows: however slow they are, the other jobs are not held up.
PATIENT = "patient"


def job_sql(task: str, *, at: str = "NULL", queue: str = DEFAULT, **arguments: str) -> str:
    """The SQL expression of a job of `task`; `arguments` are SQL expressions of texts, by the task's parameter.

    `at` is one of a point in time before which it must not run.
    """
    pairs = ", ".join(f"'{name}', {value}::text" for name, value in arguments.items())
    return f"""ROW(
        '{queue}', '{task}', 0, NULL, NULL, jsonb_build_object({pairs}), {at}
    )::procrastinate_job_to_defer_v1"""


async def defer(conn: Connection, task: str, *, after: timedelta = _NOW, **arguments: str) -> None:
    """Have `task` run once this transaction is committed; never, if it is not. Arguments are ids."""
    named = {name: f"${number}" for number, name in enumerate(arguments, 1)}
    job = job_sql(task, at=f"now() + ${len(named) + 1}::interval" if after else "NULL", **named)
    values = (*arguments.values(), after) if after else tuple(arguments.values())
    await conn.execute(f"SELECT procrastinate_defer_jobs_v1(ARRAY[{job}])", *values)
