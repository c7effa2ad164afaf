"""What runs later for webhooks: ids in, one call of a service."""

import asyncpg
import procrastinate
from procrastinate import JobContext, RetryDecision
from procrastinate.jobs import Job

from qwalo.platform.db.pool import Database, DatabaseUnavailable
from qwalo.platform.jobs.retries import MAIL_RETRIES, Schedule
from qwalo.platform.mail.transport import Mailer
from qwalo.webhooks import deliveries
from qwalo.webhooks.delivering import NotDelivered, deliver, tell_disabled
from qwalo.webhooks.models import DELIVER, TELL_DISABLED
from qwalo.webhooks.sending import Sender

_MINUTE, _HOUR = 60, 3600

# Of Standard Webhooks: at once, and again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h.
DELAYS = (5, 5 * _MINUTE, 30 * _MINUTE, *(hours * _HOUR for hours in (2, 5, 10, 14, 20, 24)))
FORGET = "webhooks.forget_deliveries"
KEPT_DAYS = 90
_DATABASE = (DatabaseUnavailable, asyncpg.PostgresError)


class _Retries(Schedule):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        # What became of the last try could not be noted: else it would stay as if it were still under way.
        if isinstance(exception, _DATABASE) and self.is_last(job):
            return RetryDecision(retry_in={"seconds": _MINUTE})
        return super().get_retry_decision(exception=exception, job=job)


WEBHOOK_RETRIES = _Retries(DELAYS, temporary=(NotDelivered, *_DATABASE))


def register(
    app: procrastinate.App, db: Database, webhooks: Sender, mailer: Mailer, public_url: str, sender: str
) -> None:
    @app.task(name=DELIVER, retry=WEBHOOK_RETRIES, pass_context=True)
    async def run_delivery(context: JobContext, *, delivery_id: str, sending: str) -> None:
        retry_in = None if WEBHOOK_RETRIES.is_last(context.job) else DELAYS[context.job.attempts]
        await deliver(db, webhooks, delivery_id, int(sending), retry_in)

    @app.periodic(cron="27 * * * *")
    @app.task(name=FORGET, queueing_lock=FORGET, pass_context=False)
    async def forget(timestamp: int) -> None:
        async with db.connection() as conn:
            await deliveries.unscoped_forget(conn, KEPT_DAYS)

    @app.task(name=TELL_DISABLED, retry=MAIL_RETRIES)
    async def run_notice(*, mail_id: str, endpoint_id: str, owner_id: str) -> None:
        await tell_disabled(db, mailer, public_url, sender, mail_id, endpoint_id, owner_id)
