"""When a delivery is tried again: the schedule of Standard Webhooks, by a clock that only counts."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from procrastinate.jobs import Job

from qwalo.platform.db.pool import DatabaseUnavailable
from qwalo.webhooks.delivering import NotDelivered
from qwalo.webhooks.jobs import DELAYS, WEBHOOK_RETRIES


def job(attempts: int) -> Job:
    return Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="webhooks.deliver", attempts=attempts)


def waits(attempts: int, error: Exception) -> timedelta | None:
    """How long after its failure the job with so many tries behind it runs again."""
    decision = WEBHOOK_RETRIES.get_retry_decision(exception=error, job=job(attempts))
    if decision is None:
        return None
    assert decision.retry_at is not None
    return decision.retry_at - datetime.now(UTC)


def test_the_schedule_is_that_of_the_scheme() -> None:
    """0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: a little more than three days in all."""
    expected = [5, 300, 1800, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24))]
    found: list[int] = []
    while (pause := waits(len(found), NotDelivered())) is not None:
        found.append(round(pause.total_seconds()))
    assert found == expected == list(DELAYS)
    assert timedelta(days=3) < timedelta(seconds=sum(found)) < timedelta(days=4)


@pytest.mark.parametrize("error", [DatabaseUnavailable(), asyncpg.DeadlockDetectedError("x")])
def test_what_could_not_be_noted_is_tried_until_it_can_be(error: Exception) -> None:
    """Else a delivery would stay as if it were under way, for ever."""
    for attempts in (0, 8, 9, 40):
        assert waits(attempts, error) is not None


def test_a_fault_of_ours_is_not_tried_again() -> None:
    assert waits(0, KeyError("x")) is None
