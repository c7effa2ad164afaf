"""What runs later for members: ids in, one call of a service."""

import procrastinate

from qwalo.members.delivering import send_invitation
from qwalo.members.links import MembershipLinks
from qwalo.members.models import SEND_INVITATION
from qwalo.platform.db.pool import Database
from qwalo.platform.jobs.retries import MAIL_RETRIES
from qwalo.platform.mail.transport import Mailer


def register(app: procrastinate.App, db: Database, mailer: Mailer, links: MembershipLinks, sender: str) -> None:
    @app.task(name=SEND_INVITATION, retry=MAIL_RETRIES)
    async def run(*, member_id: str, link_version: str) -> None:
        await send_invitation(db, mailer, links, sender, member_id, int(link_version))
