"""The mail server, as far as one comes without sending a mail: TLS, greeting, login."""

import ipaddress

from qwalo.doctor.findings import Finding, ok, problem, warning
from qwalo.doctor.subject import Subject
from qwalo.platform.mail.smtp import SmtpMailer
from qwalo.platform.mail.transport import MailNotSent
from qwalo.settings import SmtpServer

CHECK = "mail"
ANSWER_SECONDS = 8.0


async def check(subject: Subject) -> list[Finding]:
    server = subject.settings.smtp
    if server is None:
        return [
            warning(
                CHECK,
                "SMTP_URL is not set: mails are kept in the dashboard's mailbox, and reach nobody.",
                "Set SMTP_URL to your mail server: smtp+starttls://USER:PASSWORD@HOST:587.",
            )
        ]
    where = f"{server.host}:{server.port}"
    try:
        await SmtpMailer(server, timeout=ANSWER_SECONDS).check()
    except MailNotSent as error:
        return [problem(CHECK, f"{where}: {error.reason}", "Correct SMTP_URL, or look at the mail server.")]
    how = "with TLS" if server.tls or server.starttls else "without TLS"
    login = f", and takes the login of {server.user}" if server.user else ""
    findings = [ok(CHECK, f"{where} answers {how}{login}.")]
    if server.user and how == "without TLS" and not _is_here(server):
        advice = "Use smtp+starttls:// or smtps:// in SMTP_URL."
        findings.append(warning(CHECK, f"The password goes to {where} in plain text.", advice))
    return findings


def _is_here(server: SmtpServer) -> bool:
    try:
        return ipaddress.ip_address(server.host).is_loopback
    except ValueError:
        return server.host == "localhost"
