"""The process that runs jobs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import procrastinate
import structlog
from procrastinate import PsycopgConnector

from qwalo.platform.db.pool import SESSION_OPTIONS

log = structlog.get_logger()

CONCURRENCY = 8
# A worker that was killed is noticed by its missing heartbeat, and its jobs are given to the others.
HEARTBEAT_SECONDS = 2.0
DEAD_AFTER_SECONDS = 10.0
RECONNECT_SECONDS = 2.0


@asynccontextmanager
async def job_app(conninfo: str, register: Callable[[procrastinate.App], None]) -> AsyncIterator[procrastinate.App]:
    """An app with the tasks that `register` adds, connected to the database."""
    connector = PsycopgConnector(
        conninfo=conninfo, kwargs={"options": SESSION_OPTIONS}, min_size=1, max_size=CONCURRENCY + 4
    )
    app = procrastinate.App(connector=connector)
    register(app)
    async with app.open_async():
        yield app


async def run_worker(conninfo: str, register: Callable[[procrastinate.App], None]) -> None:
    """Run jobs until cancelled or told to stop by a signal. A database that is away is waited for."""
    while True:
        try:
            async with job_app(conninfo, register) as app, asyncio.TaskGroup() as tasks:
                rescue = tasks.create_task(_rescue_stalled_jobs(app))
                await app.run_worker_async(
                    concurrency=CONCURRENCY,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=DEAD_AFTER_SECONDS,
                    delete_jobs="successful",
                )
                rescue.cancel()
                return
        except* (OSError, procrastinate.exceptions.ConnectorException) as errors:
            log.warning("The worker lost the database; connecting again.", reason=str(errors.exceptions[0]))
        await asyncio.sleep(RECONNECT_SECONDS)


async def _rescue_stalled_jobs(app: procrastinate.App) -> None:
    """Give the jobs of workers that died to those that live, from the start on and every few seconds."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
            log.info("A worker died over this job; it runs again.", job=job.id, task=job.task_name)
            await app.job_manager.retry_job(job)
        await asyncio.sleep(DEAD_AFTER_SECONDS / 2)
