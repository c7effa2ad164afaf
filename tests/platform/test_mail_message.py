"""Composing a mail: what the receiver reads, and that nobody can add a header to it."""

from base64 import b64encode
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qwalo.platform.mail.message import Mail, compose, one_line, serialise
from qwalo.platform.mail.transport import MailNotSent

SENDER = "Qwalo <hello@qwalo.example>"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
ENCODED_BCC = f"=?utf-8?b?{b64encode(b'x' + bytes([13, 10]) + b'Bcc: evil@x.example').decode()}?="
ATTACKS = [
    "x\r\nBcc: evil@x.example",
    "x\nBcc: evil@x.example",
    "x\rBcc: evil@x.example",
    "x\r\n\r\n<script>",
    ENCODED_BCC,
    f"=\u200b{ENCODED_BCC[1:]}",
    f"={ENCODED_BCC}",
    "=?utf-8?q?x=0D=0ABcc:_evil@x.example?=",
    "x\u2028Bcc: evil@x.example",
    "x\x85Bcc: evil@x.example",
    "x\x0b\x0c\x1c\x1d\x1eBcc: evil@x.example",
    "x\x00y",
    '"> <evil@x.example>, "',
    "x, evil@x.example",
    "\ud800",
]


def mail(**changes: str | None) -> Mail:
    facts: dict[str, str | None] = {
        "message_id": "<1@qwalo.example>",
        "to_email": "jane@client.example",
        "to_name": "Jane",
        "subject": "Hello",
        "text": "text",
        "html": "<p>html</p>",
    }
    return Mail(**(facts | changes))  # type: ignore[arg-type] # every value has its field's type


def header(message: EmailMessage, name: str) -> str:
    """A header as a receiver decodes it: unfolded, encoded words joined, by the older and better reader."""
    raw = message_from_bytes(serialise(message))[name]
    return str(make_header(decode_header(raw.replace("\r\n", ""))))


def test_a_mail_has_exactly_our_headers() -> None:
    """Nothing but what a receiver needs, and the mark that keeps out-of-office programs silent."""
    message = compose(mail(), SENDER)
    assert message_from_bytes(serialise(message)).keys() == HEADERS
    assert message["From"] == "Qwalo <hello@qwalo.example>"
    assert message["To"] == "Jane <jane@client.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime.utcoffset().total_seconds() == 0


def test_a_mail_has_text_and_html() -> None:
    """The alternatives are in the order in which the last is preferred, and pure ASCII on the wire."""
    message = compose(mail(text="Größe 📏", html="<p>Größe 📏</p>"), SENDER)
    read = message_from_bytes(serialise(message), policy=SMTP)
    assert read.get_content_type() == "multipart/alternative"
    parts = list(read.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert parts[0].get_content().strip() == "Größe 📏"
    assert parts[1].get_content().strip() == "<p>Größe 📏</p>"
    assert serialise(message).isascii()


def test_answers_go_where_they_should() -> None:
    """Reply-To is there when it is given."""
    message = compose(mail(reply_to="host@team.example"), SENDER)
    assert message["Reply-To"] == "host@team.example"


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("field", ["subject", "to_name"])
def test_no_header_can_be_injected(field: str, attack: str) -> None:
    """Neither line breaks nor encoded words, however hidden, add a header, a recipient or a body."""
    read = message_from_bytes(serialise(compose(mail(**{field: attack}), SENDER)), policy=SMTP)
    assert read.keys() == HEADERS
    assert [address.addr_spec for address in read["To"].addresses] == ["jane@client.example"]
    assert read.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_header_can_be_injected_by_the_sender_name(attack: str) -> None:
    """MAIL_FROM is an operator's, and treated no better."""
    try:
        message = compose(mail(), f"{attack} <hello@qwalo.example>")
    except MailNotSent:
        return
    assert message_from_bytes(serialise(message)).keys() == HEADERS


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("field", ["to_email", "reply_to"])
def test_no_header_can_be_injected_by_an_address(field: str, attack: str) -> None:
    """What is not plainly an address is refused, for good."""
    for address in (attack, f"{attack}@x.example", f"jane@{attack}"):
        with pytest.raises(MailNotSent) as caught:
            compose(mail(**{field: address}), SENDER)
        assert caught.value.permanent
        assert "\n" not in caught.value.reason


@pytest.mark.parametrize("message_id", ["1@qwalo.example", "<1>", "<1@x>\r\nBcc: y", "<a b@x>", ""])
def test_a_message_id_is_one(message_id: str) -> None:
    """Our own mistake is an error of the program and not of the mail."""
    with pytest.raises(ValueError, match="is not a message id"):
        compose(mail(message_id=message_id), SENDER)


def test_a_message_with_foreign_headers_does_not_leave() -> None:
    """Were a name to get through the cleaning after all, the last check stops the message."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = ENCODED_BCC
    message.set_content("x")
    with pytest.raises((MailNotSent, ValueError), match=r"Bcc|header"):
        serialise(message)


@given(st.text(max_size=200))
@example("日本語の会社 " * 20)
@example("a " * 100)
@example("ü " * 100)
@example("ascii " * 10 + "ü x ü long words again and again " * 4)
@example("x" * 200)
def test_any_subject_and_name_arrives_as_it_was_written(text: str) -> None:
    """Long, short, with emoji or without: what is read is what was written, in one clean line."""
    message = compose(mail(subject=text, to_name=text), SENDER)
    expected = one_line(text).replace("=?", "= ?")
    assert header(message, "Subject") == expected
    assert message_from_bytes(serialise(message)).keys() == HEADERS
    assert all(len(line) <= 998 for line in serialise(message).split(b"\r\n"))
    if not expected.isascii():
        assert header(message, "To") == f"{expected} <jane@client.example>"


def test_a_very_long_subject_is_cut() -> None:
    """A subject is a summary: what no program would show is left to the body."""
    subject = header(compose(mail(subject="ö" * 1000), SENDER), "Subject")
    assert subject == "ö" * 399 + "…"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\n\tb\x00c", "a b c"),
        ("pay \u202egnp.exe\u202c", "pay gnp.exe"),
        ("\u2066x\u2069\u200f\ufeff\u200b", "x"),
        ("👩\u200d💻 \u0645\u06cc\u200c\u062e", "👩\u200d💻 \u0645\u06cc\u200c\u062e"),
        ("\u2028 \u2029\x85", ""),
    ],
)
def test_a_line_is_what_one_can_see(text: str, shown: str) -> None:
    """Controls and direction marks go; what joins emoji and Persian letters stays."""
    assert one_line(text) == shown


@pytest.mark.parametrize(
    ("email", "sent_to"),
    [
        ("o'neil+x@client.example", "o'neil+x@client.example"),
        ("bob@localhost", "bob@localhost"),
        ("jane@münchen.example", "jane@xn--mnchen-3ya.example"),
        ("a@faß.example", "a@xn--fa-hia.example"),
        ("josé@münchen.example", "josé@xn--mnchen-3ya.example"),
    ],
)
def test_addresses_of_the_whole_world(email: str, sent_to: str) -> None:
    """Domains take their ASCII form (of today's IDNA, which keeps ß); a local part stays as it is."""
    message = compose(mail(to_email=email, to_name=None), SENDER)
    assert message["To"].addresses[0].addr_spec == sent_to
    assert f"<{sent_to}>".encode() in serialise(message) or f"To: {sent_to}".encode() in serialise(message)
