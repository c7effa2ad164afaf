"""Every check, made side by side: one that waits for a server keeps the others from nothing."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from qwalo.doctor import call_servers, clerk, clock, database, disk, installation, mail, worker
from qwalo.doctor.findings import Finding, problem
from qwalo.doctor.subject import Check, Subject
from qwalo.platform.db.embedded import EmbeddedPostgres, EmbeddedPostgresError
from qwalo.settings import Settings, given_values

# In the order in which they are shown. What is added here is examined: a provider of calls brings its own check.
CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", installation.check),
    ("database", database.check),
    ("clock", clock.check),
    ("worker", worker.check),
    ("mail", mail.check),
    ("clerk", clerk.check),
    ("calls", call_servers.check),
    ("disk", disk.check),
)
# Longer than any server needs that is to be of use.
CHECK_SECONDS = 20.0


def examine(overrides: Mapping[str, str]) -> list[Finding]:
    """All that is found. Where the settings cannot be used, that is all: the rest depends on them."""
    values = given_values(overrides)
    settings = installation.read(values)
    if not isinstance(settings, Settings):
        return settings
    with _database(settings) as found:
        url, findings = (found, []) if isinstance(found, str | None) else (None, [found])
        return [*findings, *asyncio.run(_check_all(Subject(settings, url)))]


async def _check_all(subject: Subject) -> list[Finding]:
    found = await asyncio.gather(*(_made(name, check, subject) for name, check in CHECKS))
    return [finding for findings in found for finding in findings]


async def _made(name: str, check: Check, subject: Subject) -> list[Finding]:
    started = time.monotonic()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check(subject)
    except TimeoutError:
        seconds = time.monotonic() - started
        return [problem(name, f"There was no answer within {seconds:.0f} seconds.", "Look at the network between.")]
    except Exception as error:  # noqa: BLE001 - what one check did not foresee hides nothing that the others found
        kind = type(error).__name__
        return [problem(name, f"The check itself failed ({kind}).", "This is a fault of Qwalo's: please report it.")]


@contextmanager
def _database(settings: Settings) -> Iterator[str | Finding | None]:
    """The address of the database, what is wrong with the embedded one, or None where the first start makes it."""
    if settings.database_url is not None:
        yield settings.database_url
    elif not _has_embedded(settings.data_dir):
        yield None
    else:
        embedded = EmbeddedPostgres(settings.data_dir)
        try:
            url: str | Finding = embedded.start()
        except EmbeddedPostgresError as error:
            url = problem("database", "The embedded PostgreSQL cannot be started.", str(error))
        try:
            yield url
        finally:
            embedded.stop()


def _has_embedded(data_dir: Path) -> bool:
    return any(data_dir.glob("pg*/PG_VERSION"))
