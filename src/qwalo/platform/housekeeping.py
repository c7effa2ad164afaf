"""What is kept about requests, and removed when its time is over."""

import procrastinate

from qwalo.platform import rates
from qwalo.platform.db.pool import Database
from qwalo.platform.http import answers

FORGET_ANSWERS = "requests.forget_answers"
FORGET_LIMITS = "requests.forget_limits"


def register(app: procrastinate.App, db: Database) -> None:
    @app.periodic(cron="17 * * * *")
    @app.task(name=FORGET_ANSWERS, queueing_lock=FORGET_ANSWERS, pass_context=False)
    async def forget_answers(timestamp: int) -> None:
        async with db.connection() as conn:
            await answers.unscoped_forget(conn)

    @app.periodic(cron="*/10 * * * *")
    @app.task(name=FORGET_LIMITS, queueing_lock=FORGET_LIMITS, pass_context=False)
    async def forget_limits(timestamp: int) -> None:
        async with db.connection() as conn:
            await rates.unscoped_forget(conn)
