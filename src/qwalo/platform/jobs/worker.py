"""The process that runs jobs."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import procrastinate
import psycopg
import structlog
from procrastinate import PsycopgConnector

from qwalo.platform.db.pool import CONNECT_SECONDS, SESSION_OPTIONS
from qwalo.platform.jobs.queue import DEFAULT, PATIENT

log = structlog.get_logger()

# How many jobs of each queue run at a time.
CONCURRENCY = {DEFAULT: 8, PATIENT: 8}
# A worker that was killed is noticed by its missing heartbeat, and its jobs are given to the others.
HEARTBEAT_SECONDS = 2.0
DEAD_AFTER_SECONDS = 10.0
POLLING_SECONDS = 0.5
RECONNECT_SECONDS = 2.0


@asynccontextmanager
async def job_app(conninfo: str, register: Callable[[procrastinate.App], None]) -> AsyncIterator[procrastinate.App]:
    """An app with the tasks that `register` adds, connected to the database."""
    connector = PsycopgConnector(
        conninfo=conninfo,
        kwargs={"options": SESSION_OPTIONS},
        min_size=1,
        max_size=sum(CONCURRENCY.values()) + 4,
        # While PostgreSQL is away, neither the return to work nor an end waits for the library's half a minute.
        timeout=CONNECT_SECONDS,
        reconnect_timeout=CONNECT_SECONDS,
    )
    app = procrastinate.App(connector=connector)
    register(app)
    async with app.open_async():
        yield app


async def run_worker(conninfo: str, register: Callable[[procrastinate.App], None]) -> None:
    """Run jobs until told to stop by a signal. A database that is away is waited for."""
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    while not told_to_stop.is_set():
        work = asyncio.create_task(_work_until_lost(conninfo, register))
        stop = asyncio.create_task(told_to_stop.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
        finally:
            # The library takes this as the wish to end, and finishes the jobs under way.
            work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        with suppress(TimeoutError):
            await asyncio.wait_for(stop, RECONNECT_SECONDS)


async def _work_until_lost(conninfo: str, register: Callable[[procrastinate.App], None]) -> None:
    """Run jobs until cancelled, or until the database is lost: then the library stops, with an error or without."""
    try:
        # The pool would wait ever longer between its tries to connect; this one is made every few seconds.
        async with await psycopg.AsyncConnection.connect(conninfo, connect_timeout=5):
            pass
        async with job_app(conninfo, register) as app, asyncio.TaskGroup() as tasks:
            rescue = tasks.create_task(_rescue_stalled_jobs(app))
            workers = [tasks.create_task(_work_at(app, queue)) for queue in CONCURRENCY]
            try:
                # One that ends, with an error or without, has lost something: all of them begin anew.
                await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for worker in workers:
                    worker.cancel()
                rescue.cancel()
    except* (OSError, psycopg.OperationalError, procrastinate.exceptions.ConnectorException) as errors:
        log.warning("The worker lost the database; connecting again.", reason=str(errors.exceptions[0]).strip())


async def _work_at(app: procrastinate.App, queue: str) -> None:
    await app.run_worker_async(
        queues=[queue],
        concurrency=CONCURRENCY[queue],
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        stalled_worker_timeout=DEAD_AFTER_SECONDS,
        fetch_job_polling_interval=POLLING_SECONDS,
        # No job notifies (see migration 0004); only the wish to abort one would.
        listen_notify=False,
        delete_jobs="successful",
        install_signal_handlers=False,
    )


async def _rescue_stalled_jobs(app: procrastinate.App) -> None:
    """Give the jobs of workers that died to those that live, from the start on and every few seconds."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_SECONDS):
            log.info("A worker died over this job; it runs again.", job=job.id, task=job.task_name)
            await app.job_manager.retry_job(job)
        await asyncio.sleep(DEAD_AFTER_SECONDS / 2)
