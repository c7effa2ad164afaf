"""Jobs: what runs later, kept in PostgreSQL by procrastinate, deferred in the transaction that wants them.

Deferring calls procrastinate's own versioned SQL function, so that it can be part of the statement that makes it
necessary: one round trip for both, and the processes that answer requests need not load the library.
"""

from qwalo.platform.db.pool import Connection


def job_sql(task: str, **arguments: str) -> str:
    """The SQL expression of a job of `task`; `arguments` are SQL expressions of texts, by the task's parameter."""
    pairs = ", ".join(f"'{name}', {value}::text" for name, value in arguments.items())
    return (
        f"""ROW('default', '{task}', 0, NULL, NULL, jsonb_build_object({pairs}), NULL)::procrastinate_job_to_defer_v1"""
    )


async def defer(conn: Connection, task: str, **arguments: str) -> None:
    """Have `task` run once this transaction is committed; never, if it is not. Arguments are ids."""
    job = job_sql(task, **{name: f"${number}" for number, name in enumerate(arguments, 1)})
    await conn.execute(f"SELECT procrastinate_defer_jobs_v1(ARRAY[{job}])", *arguments.values())
