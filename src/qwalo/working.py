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
from qwalo.members import jobs as members_jobs
from qwalo.members.links import MembershipLinks
from qwalo.platform import housekeeping
from qwalo.platform.db.pool import Database, DatabaseUnavailable
from qwalo.platform.jobs.worker import run_worker
from qwalo.platform.mail.counting import CountedMailer
from qwalo.platform.mail.mailbox import LocalMailbox
from qwalo.platform.mail.smtp import SmtpMailer
from qwalo.platform.mail.transport import Mailer
from qwalo.platform.snapshots import Snapshot, Snapshots
from qwalo.settings import Settings
from qwalo.webhooks import jobs as webhooks_jobs
from qwalo.webhooks.safe_connecting import SafeNetwork
from qwalo.webhooks.secrets import Secrets
from qwalo.webhooks.sending import Sender

# Jobs speak to a mail server most of the time, and hold no connection meanwhile.
CONNECTIONS = 4


def work(settings: Settings, url: str) -> None:
    """Run jobs until stopped by a signal."""
    asyncio.run(_work(settings, url))


async def _work(settings: Settings, url: str) -> None:
    db = Database(url, size=CONNECTIONS)
    mailer = CountedMailer(_mailer(settings))
    snapshots = Snapshots(lambda: Snapshot(mails=mailer.counts))
    links = Links(settings.secret_key, settings.public_url)
    sign_in_links = SignInLinks(settings.secret_key, settings.public_url)
    membership_links = MembershipLinks(settings.secret_key, settings.public_url)

    network = SafeNetwork(private_addresses=settings.webhook_private_addresses)
    webhooks = Sender(Secrets(settings.secret_key), network)

    def register(app: procrastinate.App) -> None:
        invitees_jobs.register(app, db, mailer, links, settings.mail_from)
        identity_jobs.register(app, db, mailer, sign_in_links, settings.mail_from)
        members_jobs.register(app, db, mailer, membership_links, settings.mail_from)
        calls_jobs.register(app, db)
        webhooks_jobs.register(app, db, webhooks, mailer, settings.public_url, settings.mail_from)
        housekeeping.register(app, db)

    await db.open()
    snapshots.start()
    try:
        # What a server that died has left behind; where the database is away, the job does it within a minute.
        with suppress(DatabaseUnavailable):
            await reconcile(db)
        await run_worker(url, register)
    finally:
        snapshots.stop()
        await db.close()


def _mailer(settings: Settings) -> Mailer:
    return SmtpMailer(settings.smtp) if settings.smtp else LocalMailbox(settings.data_dir / "mailbox")
