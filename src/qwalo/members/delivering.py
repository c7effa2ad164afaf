"""How the mail of an invitation to a workspace goes out, and what its people see when it does not."""

from email.utils import parseaddr

from qwalo.members import letters
from qwalo.members.links import MembershipLinks
from qwalo.members.models import Letter, role_sentence
from qwalo.platform.db.pool import Database
from qwalo.platform.mail.message import Mail, compose
from qwalo.platform.mail.templates import render
from qwalo.platform.mail.transport import Mailer, MailNotSent

_FAULT = "The mail could not be written, and the log of the worker says why: send the invitation again later."
_OTHER_KEY = "The secret key has changed since this was to be sent: send the invitation again."


async def send_invitation(
    db: Database, mailer: Mailer, links: MembershipLinks, sender: str, member_id: str, link_version: int
) -> None:
    """Send the mail, unless it was sent before, or somebody has accepted, revoked or sent the invitation again.

    The connection is given back while the mail server is spoken to. A process killed between the server's answer and
    our commit sends the mail a second time, with the same Message-ID, by which mail programs know it again.

    Raises:
        MailNotSent: temporarily; the problem is noted on the invitation, and the job is to be tried again.
    """
    async with db.connection() as conn:
        letter = await letters.unscoped_find(conn, member_id, link_version)
    if letter is None or letter.overtaken:
        return
    link = links.link(member_id)
    if letter.token_hash != link.token_hash:
        # The mail would carry a link that leads nowhere.
        await _note_problem(db, letter, _OTHER_KEY)
        return
    try:
        await mailer.send(compose(_mail(letter, link.url, sender), sender), letter.keeper_id)
    except MailNotSent as error:
        await _note_problem(db, letter, error.reason)
        if error.permanent:
            return
        raise
    except Exception:
        # A fault of ours, or a disk that is full: whatever it is, nobody must wait for the mail unknowingly.
        await _note_problem(db, letter, _FAULT)
        raise
    async with db.transaction() as conn:
        await letters.unscoped_note_sent(conn, member_id, link_version)


async def _note_problem(db: Database, letter: Letter, problem: str) -> None:
    async with db.transaction() as conn:
        await letters.unscoped_note_problem(conn, letter.member_id, letter.link_version, problem)


def _mail(letter: Letter, link: str, sender: str) -> Mail:
    expires = letter.link_expires_at
    content = render(
        "qwalo.members",
        "invitation",
        workspace_name=letter.workspace_name,
        organization_name=letter.organization_name,
        inviter_name=letter.inviter_name,
        role=letter.role,
        role_sentence=role_sentence(letter.role),
        email=letter.email,
        link=link,
        expires=f"{expires.day} {expires:%B %Y}",
    )
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return Mail(
        message_id=f"<{letter.member_id}.{letter.link_version}@{domain}>",
        to_email=letter.email,
        to_name=None,
        subject=content.subject,
        text=content.text,
        html=content.html,
        reply_to=letter.inviter_email,
    )
