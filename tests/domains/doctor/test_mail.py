"""The mail server is asked as far as one comes without sending."""

import ssl
from pathlib import Path

import pytest

from qwalo.doctor import mail
from tests.domains.doctor.conftest import MakeSubject, levels
from tests.smtp import ScriptedSmtp, SmtpStandIn, free_port

PASSWORD = "hunter2-hunter2"


async def test_a_server_that_takes_the_login_is_well(subject: MakeSubject) -> None:
    with SmtpStandIn(user="bob", password=PASSWORD) as server:
        findings = await mail.check(subject(SMTP_URL=f"smtp://bob:{PASSWORD}@127.0.0.1:{server.port}"))
    assert levels(findings) == ["ok"]
    assert server.envelopes == []


async def test_no_mail_is_begun(subject: MakeSubject) -> None:
    async with ScriptedSmtp() as server:
        assert levels(await mail.check(subject(SMTP_URL=f"smtp://127.0.0.1:{server.port}"))) == ["ok"]
    assert [command.partition(" ")[0] for command in server.commands] == ["EHLO", "QUIT"]


async def test_a_wrong_password_is_told_and_not_repeated(subject: MakeSubject) -> None:
    with SmtpStandIn(user="bob", password="another") as server:
        (finding,) = await mail.check(subject(SMTP_URL=f"smtp://bob:{PASSWORD}@127.0.0.1:{server.port}"))
    assert finding.level == "problem"
    assert "user name or password" in finding.detail
    assert PASSWORD not in finding.detail + finding.advice


async def test_an_untrusted_certificate_is_told(subject: MakeSubject, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with SmtpStandIn(starttls=context) as server:
        (finding,) = await mail.check(subject(SMTP_URL=f"smtp+starttls://127.0.0.1:{server.port}"))
    assert finding.level == "problem"
    assert "certificate" in finding.detail


async def test_a_server_that_is_away_is_told(subject: MakeSubject) -> None:
    (finding,) = await mail.check(subject(SMTP_URL=f"smtp://127.0.0.1:{free_port()}"))
    assert finding.level == "problem"


async def test_a_server_that_never_answers_is_told(subject: MakeSubject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.5)
    async with ScriptedSmtp(CONNECT=ScriptedSmtp.SILENCE) as server:
        (finding,) = await mail.check(subject(SMTP_URL=f"smtp://127.0.0.1:{server.port}"))
    assert finding.level == "problem"
    assert "did not answer" in finding.detail


async def test_without_a_server_there_is_a_warning(subject: MakeSubject) -> None:
    assert levels(await mail.check(subject())) == ["warning"]
