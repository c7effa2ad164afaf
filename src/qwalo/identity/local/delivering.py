"""How the mail with a sign-in link goes out."""

from email.utils import parseaddr

from qwalo.identity.local import people
from qwalo.identity.local.links import MAIL_LIFETIME, SignInLinks
from qwalo.platform.db.pool import Database
from qwalo.platform.mail.message import Mail, compose
from qwalo.platform.mail.templates import render
from qwalo.platform.mail.transport import Mailer


async def send_sign_in_link(db: Database, mailer: Mailer, links: SignInLinks, sender: str, link_id: str) -> None:
    """Send the mail, unless the link was used or has expired.

    Raises:
        MailNotSent: the job decides whether it is tried again; the person can ask for another link.
    """
    async with db.connection() as conn:
        letter = await people.unscoped_find_letter(conn, link_id)
    if letter is None:
        return
    email, name, user_id = letter
    minutes = int(MAIL_LIFETIME.total_seconds() // 60)
    content = render("qwalo.identity", "sign_in", link=links.url(link_id), minutes=minutes)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    mail = Mail(
        message_id=f"<{link_id}@{domain}>",
        to_email=email,
        to_name=name,
        subject=content.subject,
        text=content.text,
        html=content.html,
    )
    await mailer.send(compose(mail, sender), user_id)
