"""When a job that failed for a passing reason is tried again."""

import asyncpg
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from qwalo.platform.db.pool import DatabaseUnavailable
from qwalo.platform.mail.transport import MailNotSent


class Schedule(BaseRetryStrategy):
    """Tries again after each of `delays` (seconds) in turn, for temporary failures only."""

    def __init__(self, delays: tuple[int, ...], temporary: tuple[type[BaseException], ...]) -> None:
        self._delays = delays
        self._temporary = temporary

    def is_last(self, job: Job) -> bool:
        """Whether no further try follows this one."""
        return job.attempts >= len(self._delays)

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if not isinstance(exception, self._temporary) or self.is_last(job):
            return None
        return RetryDecision(retry_in={"seconds": self._delays[job.attempts]})


_MINUTE, _HOUR = 60, 3600

# Mail servers that greylist accept a message after some minutes; one that is down is waited for two days.
MAIL_RETRIES = Schedule(
    (15, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR),
    temporary=(MailNotSent, DatabaseUnavailable, asyncpg.PostgresError),
)
