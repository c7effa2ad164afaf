"""Composes the worker: the jobs of every domain, and what they need."""

import asyncio
from contextlib import suppress

import procrastinate

from qwalo.calls import jobs as calls_jobs
from qwalo.calls.reconciling import reconcile
from qwalo.identity import jobs as identity_jobs
from qwalo.identity.local.links import SignInLinks
from qwalo.invitees import jobs as invitees_jobs
from qwalo.invitees.links import Links
from qwalo.platform.db.pool import Database, DatabaseUnavailable
from qwalo.platform.jobs.worker import run_worker
from qwalo.platform.mail.mailbox import LocalMailbox
from qwalo.platform.mail.smtp import SmtpMailer
from qwalo.platform.mail.transport import Mailer
from qwalo.settings import Settings

# Jobs speak to a mail server most of the time, and hold no connection meanwhile.
CONNECTIONS = 4


def work(settings: Settings, url: str) -> None:
    """Run jobs until stopped by a signal."""
    asyncio.run(_work(settings, url))


async def _work(settings: Settings, url: str) -> None:
    db = Database(url, size=CONNECTIONS)
    mailer = _mailer(settings)
    links = Links(settings.secret_key, settings.public_url)
    sign_in_links = SignInLinks(settings.secret_key, settings.public_url)

    def register(app: procrastinate.App) -> None:
        invitees_jobs.register(app, db, mailer, links, settings.mail_from)
        identity_jobs.register(app, db, mailer, sign_in_links, settings.mail_from)
        calls_jobs.register(app, db)

    await db.open()
    try:
        # What a server that died has left behind; where the database is away, the job does it within a minute.
        with suppress(DatabaseUnavailable):
            await reconcile(db)
        await run_worker(url, register)
    finally:
        await db.close()


def _mailer(settings: Settings) -> Mailer:
    return SmtpMailer(settings.smtp) if settings.smtp else LocalMailbox(settings.data_dir / "mailbox")
