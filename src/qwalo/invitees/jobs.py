"""What runs later for invitees: ids in, one call of a service."""

import procrastinate
from procrastinate import JobContext

from qwalo.invitees.delivering import send_invitation
from qwalo.invitees.links import Links
from qwalo.invitees.models import SEND_INVITATION
from qwalo.platform.db.pool import Database
from qwalo.platform.jobs.retries import MAIL_RETRIES
from qwalo.platform.mail.transport import Mailer


def register(app: procrastinate.App, db: Database, mailer: Mailer, links: Links, sender: str) -> None:
    @app.task(name=SEND_INVITATION, retry=MAIL_RETRIES, pass_context=True)
    async def run(context: JobContext, *, invitation_id: str) -> None:
        last_try = MAIL_RETRIES.is_last(context.job)
        await send_invitation(db, mailer, links, sender, invitation_id, last_try=last_try)
