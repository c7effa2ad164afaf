"""How the mail of an invitation goes out, and what becomes of the invitee when it does or does not."""

from email.utils import parseaddr

from qwalo.invitees import letters
from qwalo.invitees.links import Links
from qwalo.invitees.models import Letter
from qwalo.platform.db.pool import Database
from qwalo.platform.mail.message import Mail, compose
from qwalo.platform.mail.templates import render
from qwalo.platform.mail.transport import Mailer, MailNotSent

_FAULT = "The mail could not be written, and the log of the worker says why: send the invitation again later."
_OTHER_KEY = "The secret key has changed since this was to be sent: send the invitation again."


async def send_invitation(
    db: Database, mailer: Mailer, links: Links, sender: str, invitation_id: str, *, last_try: bool
) -> None:
    """Send the mail, unless it was sent before or overtaken by another event.

    The connection is given back while the mail server is spoken to. A process killed between the server's answer
    and our commit sends the mail a second time, with the same Message-ID, by which mail programs know it again.

    Raises:
        MailNotSent: temporarily; the problem is noted on the invitee, and the job is to be tried again.
    """
    async with db.connection() as conn:
        letter = await letters.unscoped_find(conn, invitation_id)
    if letter is None or letter.overtaken:
        return
    link = links.link(letter.invitee_id, letter.link_version)
    if letter.token_hash != link.token_hash:
        # The mail would carry a link that leads nowhere.
        async with db.transaction() as conn:
            await letters.unscoped_note_bounced(conn, invitation_id, _OTHER_KEY)
        return
    try:
        await mailer.send(compose(_mail(letter, link.url, sender), sender), letter.host_id)
    except MailNotSent as error:
        async with db.transaction() as conn:
            if error.permanent or last_try:
                await letters.unscoped_note_bounced(conn, invitation_id, error.reason)
                return
            await letters.unscoped_note_delayed(conn, invitation_id, error.reason)
        raise
    except Exception:
        # A fault of ours, or a disk that is full: whatever it is, the host must not wait for the mail unknowingly.
        async with db.transaction() as conn:
            await letters.unscoped_note_bounced(conn, invitation_id, _FAULT)
        raise
    async with db.transaction() as conn:
        await letters.unscoped_note_sent(conn, invitation_id)


def _mail(letter: Letter, link: str, sender: str) -> Mail:
    expires = letter.link_expires_at
    content = render(
        "qwalo.invitees",
        "invitation",
        organization_name=letter.organization_name,
        interview_title=letter.interview_title,
        mode=letter.mode,
        invitee_name=letter.name,
        host_name=letter.host_name,
        link=link,
        expires=f"{expires.day} {expires:%B %Y}",
    )
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return Mail(
        message_id=f"<{letter.invitation_id}@{domain}>",
        to_email=letter.email,
        to_name=letter.name,
        subject=content.subject,
        text=content.text,
        html=content.html,
        reply_to=letter.host_email,
    )
