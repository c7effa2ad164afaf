"""Sending through real servers: what arrives, and which failures are worth another attempt."""

import ssl
import traceback
from base64 import b64encode
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from qwalo.platform.mail.message import Mail, compose
from qwalo.platform.mail.smtp import SmtpMailer
from qwalo.platform.mail.transport import MailNotSent
from qwalo.settings import SmtpServer
from tests.smtp import ScriptedSmtp, SmtpStandIn, free_port, self_signed_certificate

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(self_signed_certificate())
    return path


@pytest.fixture(scope="module")
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture(scope="module")
def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
def plain() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as server:
        yield server


def settings(
    port: int,
    *,
    tls: bool = False,
    starttls: bool = False,
    user: str | None = None,
    password: str | None = PASSWORD,
) -> SmtpServer:
    return SmtpServer("127.0.0.1", port, tls, starttls, user, password if user else None)


def invitation(to_email: str = "jane@client.example") -> EmailMessage:
    return compose(
        Mail("<1@qwalo.example>", to_email, "Jane Döe", "Prêt ?", "Hé\n.\nover", "<p>Hé</p>"),
        "Qwalo <hello@qwalo.example>",
    )


async def failure(
    server: SmtpServer,
    message: EmailMessage | None = None,
    timeout: float = 10,  # noqa: ASYNC109 (the mailer's own)
    trust: ssl.SSLContext | None = None,
) -> MailNotSent:
    with pytest.raises(MailNotSent) as caught:
        await SmtpMailer(server, timeout, trust).send(message or invitation(), "owner")
    return caught.value


async def test_a_message_arrives_as_it_was_written(plain: SmtpStandIn) -> None:
    """Envelope, headers and both bodies survive the way, a line with a lone dot included."""
    await SmtpMailer(settings(plain.port)).send(invitation(), "owner")
    [message] = plain.wait_for(1)
    assert (plain.envelopes[0].mail_from, plain.envelopes[0].rcpt_tos) == (
        "hello@qwalo.example",
        ["jane@client.example"],
    )
    assert (message["Subject"], message["Message-ID"]) == ("Prêt ?", "<1@qwalo.example>")
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content() == "Hé\n.\nover\n"
    assert html.get_content() == "<p>Hé</p>\n"


async def test_smtps_with_a_login(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """Over TLS from the first byte, a server that wants a login takes the message."""
    with SmtpStandIn(tls=server_tls, user="bob", password=PASSWORD) as server:
        await SmtpMailer(settings(server.port, tls=True, user="bob"), 10, trusting).send(invitation(), "owner")
        assert len(server.wait_for(1)) == 1


async def test_starttls_with_a_login(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    """The connection is upgraded before the login, which the server allows only then."""
    with SmtpStandIn(starttls=server_tls, user="bob", password=PASSWORD) as server:
        mailer = SmtpMailer(settings(server.port, starttls=True, user="bob"), 10, trusting)
        await mailer.send(invitation(), "owner")
        assert len(server.wait_for(1)) == 1


@pytest.mark.parametrize("way", ["tls", "starttls"])
async def test_an_untrusted_certificate_is_temporary(server_tls: ssl.SSLContext, way: str) -> None:
    """A certificate that nobody vouches for stops the message, and the reason says so."""
    tls = way == "tls"
    with SmtpStandIn(tls=server_tls if tls else None, starttls=None if tls else server_tls) as server:
        error = await failure(settings(server.port, tls=tls, starttls=not tls))
        assert not error.permanent
        assert error.reason.startswith("The mail server's certificate is not trusted: self")
        assert server.messages == []


async def test_tls_to_a_server_without_it_is_temporary(plain: SmtpStandIn) -> None:
    """A wrong scheme in SMTP_URL is a setting to correct, not a bounced address."""
    error = await failure(settings(plain.port, tls=True))
    assert (error.permanent, error.reason) == (
        False,
        "A secure connection to the mail server could not be made.",
    )


async def test_starttls_that_is_not_offered_sends_nothing(plain: SmtpStandIn) -> None:
    """Encryption that was asked for is never silently left out."""
    error = await failure(settings(plain.port, starttls=True, user="bob"))
    assert not error.permanent
    assert "STARTTLS" in error.reason
    assert plain.messages == []


@pytest.mark.parametrize(("step", "what"), [("RCPT", "the address"), ("MAIL", "the sender"), ("DATA", "the message")])
@pytest.mark.parametrize(("code", "permanent"), [(550, True), (450, False)])
async def test_5xx_is_permanent_and_4xx_is_not(
    plain: SmtpStandIn, step: str, what: str, code: int, permanent: bool
) -> None:
    """The server's own words reach the host, and its code decides whether to try again."""
    plain.refuse(code, "No such user.", step)  # type: ignore[arg-type] # a parameter is no literal
    error = await failure(settings(plain.port))
    assert error.permanent is permanent
    assert error.reason == f"The mail server refused {what}{'' if permanent else ' for now'}: {code} No such user."
    assert str(error) == error.reason
    assert plain.messages == []


async def test_the_same_message_goes_through_later(plain: SmtpStandIn) -> None:
    """After a temporary refusal, the next attempt has the same Message-ID."""
    plain.refuse(451, "Greylisted, come back.")
    mailer, message = SmtpMailer(settings(plain.port)), invitation()
    with pytest.raises(MailNotSent):
        await mailer.send(message, "owner")
    plain.accept()
    await mailer.send(message, "owner")
    assert [sent["Message-ID"] for sent in plain.wait_for(1)] == ["<1@qwalo.example>"]


async def test_a_wrong_password_is_temporary_and_stays_secret(
    server_tls: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """The reason blames the setting; neither it nor the traceback, variables included, holds the password."""
    with SmtpStandIn(tls=server_tls, user="bob", password="other") as server:
        error = await failure(settings(server.port, tls=True, user="bob"), trust=trusting)
    assert not error.permanent
    assert error.reason.startswith("The mail server refused the user name or password of SMTP_URL: 535 ")
    assert error.__cause__ is error.__context__ is None
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    # The test's own frames come first, and know the password.
    frames_of_the_mailer = shown.rpartition("/mail/smtp.py")[2]
    assert "raise failure" in frames_of_the_mailer
    assert PASSWORD not in frames_of_the_mailer


@pytest.mark.parametrize("echo", [PASSWORD, b64encode(f"\0bob\0{PASSWORD}".encode()).decode()])
async def test_a_server_that_repeats_the_password_is_not_quoted(echo: str) -> None:
    """Of a reply that holds what we logged in with, only the code is passed on."""
    async with ScriptedSmtp(EHLO="250-hi\r\n250 AUTH PLAIN", AUTH=f"535 bad login {echo}") as server:
        error = await failure(settings(server.port, user="bob"))
    assert error.reason == "The mail server refused the user name or password of SMTP_URL: 535."


async def test_a_server_that_wants_a_login_is_temporary() -> None:
    """530 on MAIL is about the settings and not about the message."""
    async with ScriptedSmtp(MAIL="530 5.7.0 Authentication required") as server:
        error = await failure(settings(server.port))
    assert not error.permanent
    assert error.reason == (
        "The mail server refused the user name or password of SMTP_URL: 530 5.7.0 Authentication required."
    )


async def test_a_login_where_none_is_offered_is_temporary() -> None:
    """A server without AUTH is not what SMTP_URL says, and the reason names that."""
    async with ScriptedSmtp() as server:
        error = await failure(settings(server.port, user="bob"))
    assert not error.permanent
    assert "AUTH" in error.reason


async def test_nobody_listening_is_temporary() -> None:
    """A refused connection names the server that could not be reached."""
    port = free_port()
    error = await failure(settings(port))
    assert (error.permanent, error.reason) == (
        False,
        f"The mail server at 127.0.0.1:{port} could not be reached.",
    )


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
async def test_a_dropped_connection_is_temporary(step: str) -> None:
    """Wherever the server hangs up before it took the message, another attempt may succeed."""
    async with ScriptedSmtp(**{step: None}) as server:
        error = await failure(settings(server.port))
    assert (error.permanent, error.reason) == (False, "The mail server closed the connection.")


@pytest.mark.parametrize("step", ["CONNECT", "RCPT", "DOT"])
async def test_a_silent_server_is_temporary(step: str) -> None:
    """A server that never answers holds a job no longer than the timeout of each answer."""
    async with ScriptedSmtp(**{step: ScriptedSmtp.SILENCE}) as server:
        error = await failure(settings(server.port), timeout=0.2)
    assert (error.permanent, error.reason) == (False, "The mail server did not answer within 0.2 seconds.")


@pytest.mark.parametrize("greeting", ["421 too busy", "554 go away"])
async def test_a_server_that_takes_nobody_is_temporary(greeting: str) -> None:
    """A refusal before any message was named says nothing about this message."""
    async with ScriptedSmtp(CONNECT=greeting) as server:
        error = await failure(settings(server.port))
    assert (error.permanent, error.reason) == (
        False,
        f"The mail server refused the connection: {greeting}.",
    )


async def test_a_closing_server_at_the_address_is_temporary() -> None:
    """421 in the middle means that the server is shutting down."""
    async with ScriptedSmtp(RCPT="421 shutting down") as server:
        assert not (await failure(settings(server.port))).permanent


async def test_a_server_that_does_not_speak_smtp_is_temporary() -> None:
    """A port of another service gives a reason and no crash."""
    async with ScriptedSmtp(CONNECT="HTTP/1.1 400 Bad Request") as server:
        error = await failure(settings(server.port))
    assert not error.permanent
    assert error.reason.startswith("The mail server")


@pytest.mark.parametrize("goodbye", [None, "500 what", ScriptedSmtp.SILENCE])
async def test_a_failed_goodbye_is_a_message_sent(goodbye: str | None) -> None:
    """After 250 the message is the server's: no trouble with QUIT makes us send it twice."""
    async with ScriptedSmtp(QUIT=goodbye) as server:
        await SmtpMailer(settings(server.port), 0.2).send(invitation(), "owner")
    assert server.commands[-2:] == [".", "QUIT"]


async def test_a_refusal_survives_a_server_that_then_falls_silent() -> None:
    """A bounced address stays permanent when the server does not answer after it."""
    async with ScriptedSmtp(RCPT="550 No such user", QUIT=ScriptedSmtp.SILENCE, RSET=ScriptedSmtp.SILENCE) as server:
        assert (await failure(settings(server.port), timeout=0.2)).permanent


async def test_an_address_beyond_ascii_is_sent_with_smtputf8(plain: SmtpStandIn) -> None:
    """A local part of other letters arrives unharmed, its domain in the ASCII form."""
    await SmtpMailer(settings(plain.port)).send(invitation("josé@münchen.example"), "owner")
    plain.wait_for(1)
    assert plain.envelopes[0].rcpt_tos == ["josé@xn--mnchen-3ya.example"]
    assert plain.envelopes[0].smtp_utf8


async def test_an_address_that_the_server_cannot_take_is_permanent() -> None:
    """Without SMTPUTF8 such an address never works, and the reason says which."""
    with SmtpStandIn(smtputf8=False) as server:
        error = await failure(settings(server.port), invitation("josé@client.example"))
    assert error.permanent
    assert error.reason.startswith("The mail server cannot send to josé@client.example")
