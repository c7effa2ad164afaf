"""How a delivery goes out, what becomes of it, and who is told when an endpoint is disabled."""

from email.utils import parseaddr
from urllib.parse import urlsplit

import structlog

from qwalo.events.models import SYSTEM, Event
from qwalo.events.recording import record
from qwalo.platform import clock
from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.ids import cuid
from qwalo.platform.jobs.queue import defer
from qwalo.platform.mail.message import Mail, compose
from qwalo.platform.mail.templates import render
from qwalo.platform.mail.transport import Mailer, MailNotSent
from qwalo.webhooks import deliveries, repository
from qwalo.webhooks.models import TELL_DISABLED, DisabledNotice, Envelope, Outcome
from qwalo.webhooks.secrets import SecretLost
from qwalo.webhooks.sending import Sender
from qwalo.webhooks.service import facts_of

log = structlog.get_logger()

_GONE = "It answered with the status 410: it is gone, and wants nothing more."
_FAILING = "A delivery failed at every attempt for three days. The last time: {problem}"
_OTHER_KEY = "The secret key of this Qwalo has changed, and this endpoint's secret is lost with it: rotate the secret."
_FAULT = "The request could not be made, and the log of the worker says why."


class NotDelivered(Exception):
    """It is to be tried again."""


async def deliver(db: Database, sender: Sender, delivery_id: str, sending: int, retry_in: int | None) -> None:
    """Send it, unless that is done or somebody decided otherwise. `retry_in` are seconds; without, no try follows.

    The connection is given back while the receiver is spoken to. A process killed between the answer and our commit
    sends it a second time, with the same webhook-id, by which receivers know it again.

    Raises:
        NotDelivered: the attempt is noted, and the job is to be tried again.
    """
    async with db.connection() as conn:
        envelope = await deliveries.unscoped_find_envelope(conn, delivery_id)
    if envelope is None or envelope.status != "pending" or envelope.sending != sending:
        return
    if envelope.disabled:
        async with db.transaction() as conn:
            await deliveries.unscoped_note_failed(conn, delivery_id, sending)
        return
    outcome = await _attempt(sender, envelope)
    async with db.transaction() as conn:
        tried_again = await _note(conn, envelope, outcome, retry_in)
    if tried_again:
        raise NotDelivered(outcome.problem)


async def _attempt(sender: Sender, envelope: Envelope) -> Outcome:
    started_at = clock.now()
    try:
        return await sender.send(envelope)
    except SecretLost:
        return Outcome(started_at, 0, problem=_OTHER_KEY)
    except Exception as error:
        # Whatever it is, the delivery must neither be lost nor stay as if it were still under way.
        log.exception("A webhook failed in a way that nobody foresaw.", delivery=envelope.delivery_id, exc_info=error)
        return Outcome(started_at, 0, problem=_FAULT)


async def _note(conn: Connection, envelope: Envelope, outcome: Outcome, retry_in: int | None) -> bool:
    """Whether it is to be tried again."""
    delivery = (envelope.delivery_id, envelope.sending)
    is_last = outcome.problem is not None and (retry_in is None or outcome.is_gone)
    if is_last:
        await repository.unscoped_lock(conn, envelope.endpoint_id)
    if not await deliveries.unscoped_insert_attempt(conn, envelope.delivery_id, outcome):
        return False
    if outcome.problem is None:
        await deliveries.unscoped_note_delivered(conn, envelope.delivery_id)
        return False
    if retry_in is not None and not is_last:
        return await deliveries.unscoped_note_delayed(conn, *delivery, retry_in)
    # An endpoint that wants nothing more says so whether or not this job still counts.
    failed = await deliveries.unscoped_note_failed(conn, *delivery)
    if outcome.is_gone or (failed and not await deliveries.unscoped_works_otherwise(conn, envelope.delivery_id)):
        reason = _GONE if outcome.is_gone else _FAILING.format(problem=outcome.problem)
        await _disable(conn, envelope, reason)
    return False


async def _disable(conn: Connection, envelope: Envelope, reason: str) -> None:
    """Unless it was given another address meanwhile: what the old one says is not of this one."""
    endpoint_id = envelope.endpoint_id
    endpoint = await repository.unscoped_disable(conn, endpoint_id, envelope.url, reason)
    if endpoint is None:
        return
    await deliveries.unscoped_give_up(conn, endpoint_id)
    data = {"webhookEndpoint": facts_of(endpoint)}
    await record(
        conn, SYSTEM, Event("webhook_endpoint.disabled", endpoint.workspaceId, endpoint_id, endpoint.host, data)
    )
    for owner_id in await deliveries.unscoped_list_owners(conn, endpoint.workspaceId):
        await defer(conn, TELL_DISABLED, mail_id=cuid(), endpoint_id=endpoint_id, owner_id=owner_id)


async def tell_disabled(
    db: Database, mailer: Mailer, public_url: str, sender: str, mail_id: str, endpoint_id: str, owner_id: str
) -> None:
    """Tell an owner, unless it was enabled meanwhile.

    Raises:
        MailNotSent: temporarily; the job is to be tried again.
    """
    async with db.connection() as conn:
        notice = await deliveries.unscoped_find_notice(conn, endpoint_id, owner_id)
    if notice is None:
        return
    link = f"{public_url}/dashboard/workspaces/{notice.workspace_id}/webhooks/{endpoint_id}"
    try:
        await mailer.send(compose(_mail(notice, link, sender, mail_id), sender), owner_id)
    except MailNotSent as error:
        if not error.permanent:
            raise
        # It shows on the page, too.
        log.warning("An owner was not told that a webhook endpoint is disabled.", endpoint=endpoint_id)


def _mail(notice: DisabledNotice, link: str, sender: str, mail_id: str) -> Mail:
    content = render(
        "qwalo.webhooks",
        "endpoint_disabled",
        owner_name=notice.owner_name,
        workspace_name=notice.workspace_name,
        host=urlsplit(notice.url).netloc,
        reason=notice.reason,
        link=link,
    )
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return Mail(
        message_id=f"<{mail_id}@{domain}>",
        to_email=notice.owner_email,
        to_name=notice.owner_name,
        subject=content.subject,
        text=content.text,
        html=content.html,
    )
