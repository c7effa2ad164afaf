"""How much work waits, by kind: for the metrics, and for `qwalo doctor`."""

import msgspec

from qwalo.platform.db.pool import Connection


class Waiting(msgspec.Struct, frozen=True):
    """Jobs of one task: those that could run now, those that wait for their time, run, or are never tried again.

    `overdue` is by how many seconds the time of the first is past; a job that could run at once has no such time.
    """

    task: str
    due: int
    later: int
    running: int
    failed: int
    overdue: float


async def waiting_jobs(conn: Connection) -> list[Waiting]:
    """By task, those that have any. It reads as many rows as there are jobs: those that are done are deleted."""
    rows = await conn.fetch(
        """
        SELECT
            task_name AS task,
            count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at <= now(), true)) AS due,
            count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()) AS later,
            count(*) FILTER (WHERE status = 'doing') AS running,
            count(*) FILTER (WHERE status = 'failed') AS failed,
            greatest(
                extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE status = 'todo')), 0
            )::float8 AS overdue
        FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY task_name ORDER BY task_name
        """
    )
    return [Waiting(**row) for row in rows]


async def live_workers(conn: Connection, within: float) -> int:
    """How many workers have shown within so many seconds that they live."""
    row = await conn.fetchrow(
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => $1)", within
    )
    assert row is not None
    return int(row[0])
