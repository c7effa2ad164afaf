"""What runs later for people's accounts: ids in, one call of a service."""

import asyncpg
import procrastinate

from qwalo.identity.local.delivering import send_sign_in_link
from qwalo.identity.local.links import SignInLinks
from qwalo.identity.local.sign_in import SEND_SIGN_IN_LINK
from qwalo.platform.db.pool import Database, DatabaseUnavailable
from qwalo.platform.jobs.retries import Schedule
from qwalo.platform.mail.transport import Mailer, MailNotSent

# The link runs out soon, so a mail that is late helps nobody.
_RETRIES = Schedule((5, 15, 60, 300), temporary=(MailNotSent, DatabaseUnavailable, asyncpg.PostgresError))


def register(app: procrastinate.App, db: Database, mailer: Mailer, links: SignInLinks, sender: str) -> None:
    @app.task(name=SEND_SIGN_IN_LINK, retry=_RETRIES)
    async def run(*, link_id: str) -> None:
        await send_sign_in_link(db, mailer, links, sender, link_id)
