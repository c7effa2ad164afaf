"""The worker: without one no mail is sent."""

import asyncpg

from qwalo.doctor.findings import Finding, ok, problem, warning
from qwalo.doctor.subject import Subject
from qwalo.platform.db.pool import DatabaseUnavailable, connect
from qwalo.platform.jobs.counting import Waiting, live_workers, waiting_jobs

CHECK = "worker"
# A worker shows every two seconds that it lives.
LIVES_WITHIN = 15.0
LATE_SECONDS = 60.0


async def check(subject: Subject) -> list[Finding]:
    if subject.url is None:
        return []
    try:
        async with connect(subject.url) as conn:
            workers, jobs = await live_workers(conn, LIVES_WITHIN), await waiting_jobs(conn)
    except (DatabaseUnavailable, asyncpg.PostgresError):
        return []  # Which the database's own check tells.
    return [_running(workers, jobs), *_failed(jobs)]


def _running(workers: int, jobs: list[Waiting]) -> Finding:
    due = sum(job.due for job in jobs)
    late = max((job.overdue for job in jobs), default=0.0)
    if not workers and due:
        return problem(CHECK, f"No worker runs, and {due} jobs wait: mails are not sent.", "Start `qwalo worker`.")
    if not workers:
        advice = "Start `qwalo serve`, which brings one, or `qwalo worker`."
        return warning(CHECK, "No worker runs, and nothing waits for one.", advice)
    if late > LATE_SECONDS:
        detail = f"{due} jobs wait, the first for {late / 60:.0f} minutes: there is more to do than is done."
        return warning(CHECK, detail, "Start another `qwalo worker`, or look at its log.")
    return ok(CHECK, f"{workers} {'runs' if workers == 1 else 'run'}, and {due or 'no'} jobs wait.")


def _failed(jobs: list[Waiting]) -> list[Finding]:
    failed = [f"{job.task} ({job.failed})" for job in jobs if job.failed]
    if not failed:
        return []
    return [warning(CHECK, f"Jobs failed for good: {', '.join(failed)}.", "The worker's log says why.")]
