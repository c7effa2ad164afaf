"""A real mail server (aiosmtpd) on a free port, for tests that want to see what is sent."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Step = Literal["MAIL", "RCPT", "DATA"]


class SmtpStandIn:
    """`with SmtpStandIn() as server:` takes mails for `server.url`; `messages` and `envelopes` hold them.

    `tls` and `starttls` are server contexts with a certificate; with `user` and `password` it wants a login.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        user: str | None = None,
        password: str | None = None,
        smtputf8: bool = True,
    ) -> None:
        self.host = "127.0.0.1"
        self.messages: list[EmailMessage] = []
        self.envelopes: list[Envelope] = []
        self._user, self._password = user, password
        self._refusals: dict[str, str] = {}
        self._arrived = threading.Condition()
        self._controller = _Controller(
            _Handler(self),
            hostname=self.host,
            port=0,
            ssl_context=tls,
            tls_context=starttls,
            require_starttls=starttls is not None,
            # aiosmtpd's own `auth_required` does not know TLS from the first byte: see `handle_MAIL`.
            auth_require_tls=False,
            authenticator=self._authenticate,
            enable_SMTPUTF8=smtputf8,
            ident="stand-in",
        )

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return self._controller.port

    @property
    def wants_login(self) -> bool:
        return self._user is not None

    @property
    def url(self) -> str:
        """What SMTP_URL would be, without TLS and login."""
        return f"smtp://{self.host}:{self.port}"

    def refuse(self, code: int, text: str, step: Step = "RCPT") -> None:
        """Answer every `step` with `code text`, until `accept`."""
        self._refusals[step] = f"{code} {text}"

    def accept(self) -> None:
        """Take mails again."""
        self._refusals.clear()

    def wait_for(self, count: int, timeout: float = 10) -> list[EmailMessage]:
        """The messages, once there are `count`; blocks the thread. AssertionError after `timeout` seconds."""
        with self._arrived:
            enough = self._arrived.wait_for(lambda: len(self.messages) >= count, timeout)
            assert enough, f"{len(self.messages)} of {count} messages came within {timeout} seconds"
            return list(self.messages)

    async def arrived(self, count: int, timeout: float = 10) -> list[EmailMessage]:  # noqa: ASYNC109 (as above)
        """`wait_for`, for tests whose event loop has to run meanwhile."""
        return await asyncio.to_thread(self.wait_for, count, timeout)

    def refusal(self, step: Step) -> str | None:
        return self._refusals.get(step)

    def keep(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        # Lines end as they do in Python, so that a test compares a body with what it wrote.
        message = message_from_bytes(content.replace(b"\r\n", b"\n"), policy=policy.default)
        assert isinstance(message, EmailMessage)
        with self._arrived:
            self.messages.append(message)
            self.envelopes.append(envelope)
            self._arrived.notify_all()

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        expected = ((self._user or "").encode(), (self._password or "").encode())
        return AuthResult(success=(data.login, data.password) == expected, handled=False)


class _Handler:
    """aiosmtpd calls these by their names; a hook that returns a reply has to do the step's work itself."""

    def __init__(self, stand_in: SmtpStandIn) -> None:
        self._stand_in = stand_in

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._stand_in.wants_login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._stand_in.refusal("MAIL") or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._stand_in.refusal("RCPT")
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        refusal = self._stand_in.refusal("DATA")
        if refusal is None:
            self._stand_in.keep(envelope)
        return refusal or "250 OK"


class _Controller(Controller):
    """Listens on a port that the system picks, which it has to know before it greets itself once."""

    server: asyncio.Server | None
    port: int

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call] # aiosmtpd annotates this one not


class ScriptedSmtp:
    """A server that says exactly what a test tells it to, for what no real server does on demand.

    `replies` maps the first word of a command to a reply (`CONNECT` is the greeting, `DOT` the end of DATA);
    None closes the connection, and `SILENCE` never answers. What is not mapped gets a friendly answer.
    """

    SILENCE = ""
    FRIENDLY = {"CONNECT": "220 ready", "DATA": "354 go on", "QUIT": "221 bye"}  # noqa: RUF012 (read only)

    def __init__(self, **replies: str | None) -> None:
        self._replies = {name.replace("DOT", "."): reply for name, reply in replies.items()}
        self.commands: list[str] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if not await self._answer(writer, "CONNECT"):
                return
            in_data = False
            while received := await reader.readline():
                line = received.decode().rstrip("\r\n")
                if in_data and line != ".":
                    continue
                command = line.partition(" ")[0].upper()
                self.commands.append(line)
                in_data = command == "DATA"
                if not await self._answer(writer, command):
                    break
        except ConnectionError:
            pass  # The client had enough.
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, command: str) -> bool:
        reply = self._replies.get(command, self.FRIENDLY.get(command, "250 OK"))
        if reply is None:
            return False
        if reply != self.SILENCE:
            writer.write(f"{reply}\r\n".encode())
            await writer.drain()
        return True


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def self_signed_certificate() -> bytes:
    """A certificate for 127.0.0.1 that signed itself, valid for an hour, and its key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.datetime.now(datetime.UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(serialization.Encoding.PEM)
