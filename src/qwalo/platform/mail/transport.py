"""What hands a message over: to a mail server, or to the mailbox that the dashboard shows."""

from email.message import EmailMessage
from typing import Protocol


class MailNotSent(Exception):
    """A message was not handed over.

    `reason` is one sentence for a host to read, without any secret. `permanent` means that the same
    message will fail again, so that nobody should retry it: the address bounced.
    """

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent


class Mailer(Protocol):
    async def send(self, message: EmailMessage, owner: str) -> None:
        """Hand `message`, made by `message.compose`, over on behalf of the user whose id is `owner`.

        Sending the same message again is safe: it keeps its Message-ID, by which receivers know it.

        Raises:
            MailNotSent: it was not handed over, or (a connection lost at the very end) perhaps not.
        """
        ...
