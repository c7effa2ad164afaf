"""How many mails went out, and how many did not."""

from email.message import EmailMessage

from qwalo.platform.mail.transport import Mailer, MailNotSent


class CountedMailer:
    """A `Mailer` that counts what another one does: `sent`, `refused` for good, `failed` for now."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer
        self.counts = {"sent": 0, "refused": 0, "failed": 0}

    async def send(self, message: EmailMessage, owner: str) -> None:
        """See `Mailer.send`."""
        try:
            await self._mailer.send(message, owner)
        except MailNotSent as error:
            self.counts["refused" if error.permanent else "failed"] += 1
            raise
        self.counts["sent"] += 1
