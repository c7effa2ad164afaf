"""From the facts of a mail to the message that travels. Nothing in a name or a title can add a header.

Two faults of Python 3.11's `email` package shape this module. Serialising decodes encoded words, so a
subject of `=?utf-8?b?eA0KQmNjOiBldmlsQHgueQ==?=` writes a real `Bcc:` line; and folding a long subject
that is not ASCII loses spaces. So names and subjects are cleaned, we fold them ourselves, and the bytes
are parsed again before they leave.
"""

import re
import textwrap
import unicodedata
from base64 import b64encode
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import parseaddr

import msgspec
from email_validator import EmailNotValidError, validate_email

from qwalo.platform import clock
from qwalo.platform.mail.transport import MailNotSent

_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
_JOINERS = "\u200c\u200d"  # Persian words and composed emoji need them.
_LINE = 70
_WORD_BYTES = 42  # As base64 inside `=?utf-8?b?...?=` 68 characters, of the 75 that RFC 2047 allows.
_SUBJECT_LIMIT = 400
_NAME_LIMIT = 200


class Mail(msgspec.Struct, frozen=True):
    """One mail to one person. `message_id` is whole (`<id@domain>`), and the same at every attempt."""

    message_id: str
    to_email: str
    to_name: str | None
    subject: str
    text: str
    html: str
    reply_to: str | None = None


class _Headers(EmailPolicy):
    """SMTP's line ends and seven bits, with subjects and addresses folded by us."""

    def fold(self, name: str, value: str) -> str:
        addresses: tuple[Address, ...] | None = getattr(value, "addresses", None)
        if addresses is not None:
            return f"{name}: {', '.join(_address_text(address) for address in addresses)}\r\n"
        if name.lower() == "subject":
            return f"{name}: {_folded(str(value))}\r\n"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("utf-8" if self.utf8 else "ascii", "surrogateescape")


def compose(mail: Mail, sender: str) -> EmailMessage:
    """`mail` as text and HTML alternatives, from `sender` (`Qwalo <hello@example.com>`), dated now.

    Raises:
        MailNotSent: permanently, when an address cannot be used or the headers would not be ours alone.
        ValueError: `mail.message_id` is not a message id.
    """
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise ValueError(f"{mail.message_id!r} is not a message id like <id@example.com>.")
    sender_name, sender_email = parseaddr(sender)
    to = _address(mail.to_name or "", mail.to_email)
    from_ = _address(sender_name, sender_email)
    reply_to = _address("", mail.reply_to) if mail.reply_to else None
    # Only the part before an @ needs SMTPUTF8: a domain has an ASCII form, and names have encoded words.
    utf8 = not all(address.addr_spec.isascii() for address in (to, from_, reply_to) if address)
    message = EmailMessage(policy=_Headers(linesep="\r\n", cte_type="7bit", utf8=utf8))
    message["From"] = from_
    message["To"] = to
    if reply_to:
        message["Reply-To"] = reply_to
    message["Subject"] = _header_text(mail.subject, _SUBJECT_LIMIT)
    message["Date"] = clock.now()
    message["Message-ID"] = mail.message_id
    # Tells out-of-office programs not to answer (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    # Seven bits on the wire, whatever the server can do, so that nothing re-encodes it on the way.
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    serialise(message)
    return message


def serialise(message: EmailMessage) -> bytes:
    """The bytes of `message`, which hold exactly its headers.

    Raises:
        MailNotSent: permanently, when a receiver would read other headers than were set.
    """
    content = message.as_bytes()
    read = message_from_bytes(content).keys()
    if read != message.keys():
        raise MailNotSent(
            f"The message was not sent, because its headers would have been {', '.join(read)}.",
            permanent=True,
        )
    return content


def one_line(text: str) -> str:
    """`text` in one line of visible characters: without line breaks, controls, and marks that turn the
    direction of reading, by which a name could pretend to be another or write its own paragraph.
    """
    kept = (
        # Cc: controls, Zs/Zl/Zp: spaces and separators; Cf: format and direction marks; Cs: lone surrogates.
        " " if category in {"Cc", "Zs", "Zl", "Zp"} else "" if category in {"Cf", "Cs"} else character
        for character, category in (
            (character, "Lm" if character in _JOINERS else unicodedata.category(character)) for character in text
        )
    )
    return " ".join("".join(kept).split())


def _header_text(text: str, limit: int) -> str:
    # Cut before it is broken up, and shown by an ellipsis: a header is a summary, the body says it all.
    line = one_line(text)
    line = line if len(line) <= limit else f"{line[: limit - 1].rstrip()}\u2026"
    return line.replace("=?", "= ?")


def _address(name: str, email: str) -> Address:
    local, _, domain = email.strip().rpartition("@")
    if not domain.isascii() or not local.isascii():
        try:
            parts = validate_email(email, check_deliverability=False, globally_deliverable=False)
        except EmailNotValidError as error:
            raise MailNotSent(f"The address {one_line(email)} cannot be used: {error}", permanent=True) from error
        local, domain = parts.local_part, parts.ascii_domain
    elif not _ATOM.fullmatch(local):
        raise MailNotSent(f"The address {one_line(email)} cannot be used.", permanent=True)
    if not _HOST.fullmatch(domain) or "=?" in local:
        raise MailNotSent(f"The address {one_line(email)} cannot be used.", permanent=True)
    return Address(_header_text(name, _NAME_LIMIT), username=local, domain=domain)


def _address_text(address: Address) -> str:
    if address.display_name.isascii():
        return str(address)
    return f"{_folded(address.display_name)}\r\n <{address.addr_spec}>"


def _folded(text: str) -> str:
    if text.isascii():
        return "\r\n ".join(textwrap.wrap(text, _LINE, break_long_words=False, break_on_hyphens=False))
    words = [b""]
    for character in text:
        encoded = character.encode()
        if len(words[-1]) + len(encoded) > _WORD_BYTES:
            words.append(b"")
        words[-1] += encoded
    return "\r\n ".join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in words)
