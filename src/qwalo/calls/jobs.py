"""What runs later, and every minute, for calls."""

import procrastinate

from qwalo.calls import reconciling
from qwalo.calls.service import END_ABANDONED
from qwalo.platform.db.pool import Database

RECONCILE = "calls.reconcile"


def register(app: procrastinate.App, db: Database) -> None:
    @app.task(name=END_ABANDONED)
    async def end_abandoned(*, invitee_id: str) -> None:
        await reconciling.end_abandoned(db, invitee_id)

    # A call that this misses, for the database was away, is found a minute later.
    @app.periodic(cron="* * * * *")
    @app.task(name=RECONCILE, queueing_lock=RECONCILE, pass_context=False)
    async def reconcile(timestamp: int) -> None:
        await reconciling.reconcile(db)
