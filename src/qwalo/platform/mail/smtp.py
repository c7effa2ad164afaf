"""Mails through a mail server: one connection a message, and failures told apart by what helps."""

import ssl
from base64 import b64encode
from contextlib import closing, suppress
from email.message import EmailMessage

import aiosmtplib as smtp

from qwalo.platform.mail.message import one_line, serialise
from qwalo.platform.mail.transport import MailNotSent
from qwalo.settings import SmtpServer

QUIT_SECONDS = 5
REPLY_LIMIT = 300
# Replies about the user and the password rather than about this message: waiting for a better setting helps.
SETTINGS_CODES = {530, 534, 535, 538}


class SmtpMailer:
    """A `Mailer` that speaks to the server of `SMTP_URL`; `timeout` is in seconds for each of its answers.

    `tls_context` says which certificates to trust; by default those that the system trusts.
    """

    def __init__(self, server: SmtpServer, timeout: float = 30, tls_context: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._timeout = timeout
        self._tls_context = tls_context
        self._local_name: str | None = None

    async def send(self, message: EmailMessage, owner: str) -> None:
        """See `Mailer.send`. Permanent: a 5xx answer about the sender, the address or the message."""
        failure = await self._attempt(message)
        # Raised out here, chained to nothing: the frames of the original error hold the password, and log
        # formats exist that print the variables of every frame.
        if failure is not None:
            raise failure

    async def check(self) -> None:
        """Connect and log in as `send` does, and send nothing. Raises MailNotSent."""
        failure = await self._attempt(None)
        if failure is not None:
            raise failure

    async def _attempt(self, message: EmailMessage | None) -> MailNotSent | None:
        # What cannot be sent costs no connection.
        content = b"" if message is None else serialise(message)
        failure = None
        with closing(self._client()) as client:
            try:
                await self._open(client)
                if message is not None:
                    await self._deliver(client, message, content)
            except (smtp.SMTPException, OSError, ValueError) as error:
                failure = self._failure(error)
            except MailNotSent as error:
                failure = error
            # Once DATA is answered by 250, the server is responsible for the message: were a failure to say
            # goodbye reported, the message would be sent a second time.
            with suppress(smtp.SMTPException, OSError):
                await client.quit(timeout=min(self._timeout, QUIT_SECONDS))
        return failure

    def _client(self) -> smtp.SMTP:
        return smtp.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=self._server.tls,
            # smtp:// means what it says. Otherwise the client would upgrade by itself wherever it is offered,
            # and refuse the self-made certificate of a mail server on the same machine.
            start_tls=False,
            tls_context=self._tls_context,
            local_hostname=self._local_name,
            timeout=self._timeout,
        )

    async def _open(self, client: smtp.SMTP) -> None:
        await client.connect()
        # The name for EHLO comes from a DNS query that can take seconds: one is enough.
        self._local_name = client.local_hostname
        if self._server.starttls:
            await client.starttls()
        await client.ehlo()
        if self._server.user is not None:
            await client.login(self._server.user, self._server.password or "")

    async def _deliver(self, client: smtp.SMTP, message: EmailMessage, content: bytes) -> None:
        sender = message["From"].addresses[0].addr_spec
        recipient = message["To"].addresses[0].addr_spec
        options: list[str] = []
        if not (sender + recipient).isascii():
            if not client.supports_extension("smtputf8"):
                raise MailNotSent(
                    f"The mail server cannot send to {recipient}: "
                    "it takes only addresses of plain letters before the @.",
                    permanent=True,
                )
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        encoding = "utf-8" if options else "ascii"
        # Not `client.sendmail`: its RSET after a refusal can time out, and then hides the refusal.
        await client.mail(sender, options=options, encoding=encoding)
        await client.rcpt(recipient, encoding=encoding)
        await client.data(content)

    def _failure(self, error: Exception) -> MailNotSent:
        match error:
            case smtp.SMTPAuthenticationError():
                return self._refused("the user name or password of SMTP_URL", error, about_message=False)
            case smtp.SMTPResponseException(code=code) if code in SETTINGS_CODES:
                return self._refused("the user name or password of SMTP_URL", error, about_message=False)
            case smtp.SMTPRecipientRefused():
                return self._refused("the address", error)
            case smtp.SMTPSenderRefused():
                return self._refused("the sender", error)
            case smtp.SMTPDataError():
                return self._refused("the message", error)
            case smtp.SMTPResponseException():
                return self._refused("the connection", error, about_message=False)
        return MailNotSent(self._trouble(error), permanent=False)

    def _refused(self, what: str, error: smtp.SMTPResponseException, *, about_message: bool = True) -> MailNotSent:
        permanent = about_message and 500 <= error.code < 600
        return MailNotSent(
            f"The mail server refused {what}{'' if permanent or not about_message else ' for now'}: "
            f"{self._reply(error)}.",
            permanent=permanent,
        )

    def _reply(self, error: smtp.SMTPResponseException) -> str:
        text = one_line(f"{error.code} {error.message}")
        return (str(error.code) if self._tells_password(text) else text[:REPLY_LIMIT]).rstrip(". ")

    def _tells_password(self, text: str) -> bool:
        """Whether the server repeats what we sent to log in, as some do when they reject a command."""
        if not self._server.password:
            return False
        user, password = (self._server.user or "").encode(), self._server.password.encode()
        sent = [b64encode(password).decode(), b64encode(b"\0" + user + b"\0" + password).decode()]
        return any(form in text for form in [self._server.password, *sent])

    def _trouble(self, error: BaseException) -> str:
        match error:
            case smtp.SMTPTimeoutError():
                return f"The mail server did not answer within {self._timeout:g} seconds."
            case smtp.SMTPServerDisconnected():
                return "The mail server closed the connection."
            case ssl.SSLCertVerificationError():
                return f"The mail server's certificate is not trusted: {error.verify_message.rstrip('.')}."
            case ssl.SSLError():
                return "A secure connection to the mail server could not be made."
            case smtp.SMTPException() | OSError() if isinstance(error.__cause__, OSError):
                return self._trouble(error.__cause__)
            case OSError():
                return f"The mail server at {self._server.host}:{self._server.port} could not be reached."
            case smtp.SMTPException():
                return f"The mail server cannot do what SMTP_URL asks for: {error.message.rstrip('.')}."
        return "The mail server answered in a way that is not SMTP."
