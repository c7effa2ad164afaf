"""The local mailbox: kept once, shown to its owner only, readable whatever lies around in it."""

import asyncio
import mailbox
import os
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from qwalo.platform.mail.mailbox import LIST_LIMIT, LocalMailbox
from qwalo.platform.mail.message import Mail, compose
from qwalo.platform.mail.transport import MailNotSent

ALICE, BOB = "calice0000000000000000000", "cbob000000000000000000000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def box(folder: Path) -> LocalMailbox:
    return LocalMailbox(folder)


def message(number: int = 1, **changes: str) -> EmailMessage:
    facts = {"to_name": "Jane", "subject": f"Mail {number}", "text": "Hé\n", "html": "<p>Hé</p>\n"} | changes
    return compose(
        Mail(message_id=f"<{number}@qwalo.example>", to_email="jane@client.example", **facts),
        "Qwalo <hello@qwalo.example>",
    )


def modes(folder: Path) -> dict[str, int]:
    """Everything in `folder`, itself included, with its permissions."""
    return {str(path.relative_to(folder)): path.stat().st_mode for path in (folder, *folder.rglob("*"))}


async def test_a_message_is_kept_and_read(box: LocalMailbox) -> None:
    """What was sent is listed, and read with both its bodies."""
    await box.send(message(subject="Prêt ?", to_name="日本語の会社" * 10), ALICE)
    [listed] = await box.list(ALICE)
    assert (listed.to, listed.subject) == ("日本語の会社" * 10 + " <jane@client.example>", "Prêt ?")
    assert (listed.message_id, listed.text, listed.html) == ("<1@qwalo.example>", None, None)
    assert timedelta() <= datetime.now(UTC) - listed.date < timedelta(minutes=1)
    assert listed.date.tzinfo is UTC
    read = await box.read(ALICE, listed.key)
    assert read is not None
    assert (read.key, read.subject, read.text, read.html) == (listed.key, "Prêt ?", "Hé\n", "<p>Hé</p>\n")


async def test_the_newest_comes_first(box: LocalMailbox, folder: Path) -> None:
    """A list begins with what was stored last, and ends at its limit."""
    for number in range(LIST_LIMIT + 2):
        await box.send(message(number), ALICE)
    for path in (folder / ALICE / "new").iterdir():
        number = int(path.read_text().partition("Subject: Mail ")[2].partition("\n")[0])
        os.utime(path, ns=(number, number))
    listed = await box.list(ALICE)
    assert [mail.subject for mail in listed] == [f"Mail {n}" for n in range(LIST_LIMIT + 1, 1, -1)]


async def test_the_same_message_is_kept_once(box: LocalMailbox, folder: Path) -> None:
    """A retried job, even one that runs twice at once, adds nothing and leaves nothing half-written."""
    await asyncio.gather(*(box.send(message(), ALICE) for _ in range(8)))
    await box.send(message(), ALICE)
    assert len(await box.list(ALICE)) == 1
    assert list((folder / ALICE / "tmp").iterdir()) == []


async def test_nobody_reads_the_mail_of_another(box: LocalMailbox) -> None:
    """A key of Alice's is nothing to Bob."""
    await box.send(message(), ALICE)
    [mail] = await box.list(ALICE)
    assert await box.list(BOB) == []
    assert await box.read(BOB, mail.key) is None


@pytest.mark.parametrize("bad", ["", ".", "..", "../x", "a/b", "/etc", "a\x00b", "a\\b", "é", "x" * 65, "a\n"])
async def test_no_path_leads_out_of_the_mailbox(box: LocalMailbox, folder: Path, bad: str) -> None:
    """Owners and keys that are none read nothing, and store nothing."""
    await box.send(message(), ALICE)
    [mail] = await box.list(ALICE)
    assert await box.list(bad) == []
    assert await box.read(bad, mail.key) is None
    assert await box.read(ALICE, bad) is None
    assert await box.read(BOB, f"../../{ALICE}/new/{mail.key}") is None
    with pytest.raises(ValueError, match="not the id of a user"):
        await box.send(message(), bad)
    assert set(modes(folder)) == {".", ALICE, *(f"{ALICE}/{name}" for name in ("tmp", "new", "cur"))} | {
        f"{ALICE}/new/{mail.key}"
    }


async def test_a_link_out_of_the_mailbox_is_no_message(box: LocalMailbox, folder: Path, tmp_path: Path) -> None:
    """A symbolic link, named like a message, shows no other file."""
    await box.send(message(), ALICE)
    secret = tmp_path / "secret"
    secret.write_bytes(next((folder / ALICE / "new").iterdir()).read_bytes())
    (folder / ALICE / "new" / ("0" * 32)).symlink_to(secret)
    assert len(await box.list(ALICE)) == 1
    assert await box.read(ALICE, "0" * 32) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 100,
        b"Date: never\n\nx",
        b"Date: Thu, 99 Xxx 2026 00:00:00 +0000\n\n",
        b"Date: Tue, 24 Nov 2026 10:00:00 +0000\nSubject: =?no-such?b?eA==?=\n\n",
        b"Date: Tue, 24 Nov 2026 10:00:00 +0000\nSubject: =?utf-8?b?e?=\n\n",
        b"Date: \xff\xfe\n\n",
    ],
)
async def test_a_damaged_file_hides_no_other(box: LocalMailbox, folder: Path, content: bytes) -> None:
    """Whatever is in a file, the sound messages are still shown."""
    await box.send(message(), ALICE)
    damaged = folder / ALICE / "new" / ("0" * 32)
    damaged.write_bytes(content)
    (folder / ALICE / "new" / "notes.txt").write_bytes(content)
    assert [mail.subject for mail in await box.list(ALICE)] == ["Mail 1"]
    assert await box.read(ALICE, damaged.name) is None


async def test_a_mail_program_reads_the_same_mailbox(box: LocalMailbox, folder: Path) -> None:
    """It is a Maildir; a message that a mail program marked as seen is still shown, and kept once."""
    await box.send(message(), ALICE)
    maildir = mailbox.Maildir(str(folder / ALICE), create=False)
    [(key, stored)] = maildir.items()
    assert stored["Subject"] == "Mail 1"
    stored.set_subdir("cur")
    stored.add_flag("S")
    maildir[key] = stored
    await box.send(message(), ALICE)
    [mail] = await box.list(ALICE)
    read = await box.read(ALICE, mail.key)
    assert read is not None
    assert read.text == "Hé\n"


async def test_mails_are_for_the_user_of_the_machine_only(box: LocalMailbox, folder: Path) -> None:
    """Sign-in links are not readable by others who have an account on the machine."""
    await box.send(message(), ALICE)
    assert [mode & 0o077 for mode in modes(folder).values()] == [0] * 6


async def test_a_disk_that_takes_nothing_is_temporary() -> None:
    """The reason says what is wrong, without the machine's paths."""
    a_file = Path(__file__)
    with pytest.raises(MailNotSent) as caught:
        await LocalMailbox(a_file).send(message(), ALICE)
    assert not caught.value.permanent
    assert str(a_file) not in caught.value.reason
