"""Mails as folders: what they say, and that names and titles stay text in them."""

import html
import re
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError

import qwalo
from qwalo.platform.mail.templates import render

INVITATION = {
    "organization_name": "Northwind",
    "interview_title": "How you plan",
    "mode": "video",
    "invitee_name": "Jane",
    "host_name": "Amira",
    "link": "https://talk.example/i/abc?x=1&y=2",
    "expires": "24 December 2026",
}
SIGN_IN = {"link": "https://talk.example/sign-in/abc", "minutes": 15}
NAMES = ["organization_name", "interview_title", "invitee_name", "host_name"]


def visible(markup: str) -> str:
    """What a reader sees of an HTML mail."""
    body = re.sub(r"<(style|title)>.*?</\1>|<!--.*?-->", "", markup, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_an_invitation_says_who_invites_to_what() -> None:
    """Subject, text and HTML each name the organization and the interview."""
    mail = render("qwalo.invitees", "invitation", **INVITATION)
    assert mail.subject == "Northwind invites you to a video interview: How you plan"
    for body in (mail.text, visible(mail.html)):
        assert "Hello Jane," in body
        assert "Amira from Northwind" in body
        assert "How you plan" in body
        assert "24 December 2026" in body
        assert INVITATION["link"] in body
        assert "camera" in body


def test_an_invitation_without_names_reads_well() -> None:
    """Nobody is greeted or named as None, and a voice interview asks for no camera."""
    facts = INVITATION | {"invitee_name": None, "host_name": None, "mode": "voice"}
    mail = render("qwalo.invitees", "invitation", **facts)
    for body in (mail.text, visible(mail.html)):
        assert "Hello," in body
        assert "Northwind" in body
        assert "None" not in body
        assert "camera" not in body


def test_a_sign_in_mail_says_how_long_it_works() -> None:
    """The link is in both bodies, with its time."""
    mail = render("qwalo.identity", "sign_in", **SIGN_IN)
    assert mail.subject == "Your link to sign in to Qwalo"
    for body in (mail.text, visible(mail.html)):
        assert str(SIGN_IN["link"]) in body
        assert "15 minutes" in body


@pytest.mark.parametrize("name", NAMES)
def test_markup_in_a_name_stays_text(name: str) -> None:
    """A script in a title is shown as it was typed, in HTML escaped and in text not."""
    mail = render("qwalo.invitees", "invitation", **INVITATION | {name: "<script>x&y</script>'\""})
    assert "<script" not in mail.html
    assert "&lt;script&gt;x&amp;y&lt;/script&gt;" in mail.html
    assert "<script>x&y</script>'\"" in mail.text
    assert "&lt;" not in mail.text
    assert "&lt;" not in mail.subject


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_no_template(name: str) -> None:
    """What a person typed is never evaluated."""
    mail = render("qwalo.invitees", "invitation", **INVITATION | {name: "{{ 7 * 7 }}{% raw %}"})
    assert "{{ 7 * 7 }}{% raw %}" in mail.text
    assert "49" not in visible(mail.html)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_cannot_write_paragraphs_or_turn_the_text(name: str) -> None:
    """Line breaks, controls and direction marks of a name do not reach the mail."""
    plain = render("qwalo.invitees", "invitation", **INVITATION)
    forged = "x\r\n\r\nPay here:\u2028https://evil.example\u202e\x00\x07"
    mail = render("qwalo.invitees", "invitation", **INVITATION | {name: forged})
    assert mail.text.count("\n") == plain.text.count("\n")
    assert "\n" not in mail.subject
    assert not set("\r\u2028\u202e\x00\x07") & set(mail.text + mail.html + mail.subject)
    assert 'href="https://evil' not in mail.html


@pytest.mark.parametrize(
    ("package", "name", "facts"),
    [("qwalo.invitees", "invitation", INVITATION), ("qwalo.identity", "sign_in", SIGN_IN)],
)
def test_an_html_mail_has_one_aim_and_no_eyes(package: str, name: str, facts: dict[str, object]) -> None:
    """Every link is the one link, and nothing is loaded: no image, script, font or style sheet."""
    mail = render(package, name, **facts)
    assert {html.unescape(href) for href in re.findall(r'href="([^"]*)"', mail.html)} == {facts["link"]}
    assert re.search(r"<(img|script|link|iframe|form)\b|url\(|@import|src=", mail.html) is None
    assert '<meta name="color-scheme" content="light dark">' in mail.html
    assert mail.html.startswith("<!DOCTYPE html>")
    assert max(map(len, mail.text.splitlines())) <= 998
    assert "{" not in mail.text


def test_a_missing_fact_is_an_error() -> None:
    """A template that names what it was not given fails in the test and not in somebody's inbox."""
    with pytest.raises(UndefinedError):
        render("qwalo.invitees", "invitation", **{k: v for k, v in INVITATION.items() if k != "expires"})


def test_an_unknown_mail_is_an_error() -> None:
    """There is no empty mail."""
    with pytest.raises(TemplateNotFound):
        render("qwalo.invitees", "no_such_mail")


def test_every_mail_is_a_whole_folder() -> None:
    """Wherever a domain keeps mails, each has its subject, text and HTML."""
    folders = [path for path in Path(qwalo.__file__).parent.glob("*/mails/*") if path.is_dir()]
    assert {folder.name for folder in folders} >= {"invitation", "sign_in"}
    for folder in folders:
        assert {"subject.txt", "body.txt", "body.html"} <= {path.name for path in folder.iterdir()}
