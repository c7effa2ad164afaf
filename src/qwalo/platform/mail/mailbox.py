"""The mailbox on disk that stands in for a mail server: a Maildir for each user, shown in the dashboard."""

import asyncio
import builtins
import os
import re
import secrets
import stat
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from qwalo.platform.mail.message import serialise
from qwalo.platform.mail.transport import MailNotSent

LIST_LIMIT = 200
_OWNER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEY = re.compile(r"[0-9a-f]{32}")


class StoredMail(msgspec.Struct, frozen=True):
    """A message of the mailbox. `date` is aware UTC; `text` and `html` are there only when it was read."""

    key: str
    to: str
    subject: str
    date: datetime
    message_id: str
    text: str | None = None
    html: str | None = None


class LocalMailbox:
    """A `Mailer` that keeps what it is given in `folder/<owner>`, in the Maildir format of mail programs.

    A message's file is named after its Message-ID, so that the same one sent twice is there once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage, owner: str) -> None:
        """See `Mailer.send`.

        Raises:
            MailNotSent: temporarily, when the disk does not take it.
            ValueError: `owner` is not an id.
        """
        if not _OWNER.fullmatch(owner):
            raise ValueError(f"{owner!r} is not the id of a user.")
        key = sha256(str(message["Message-ID"]).encode()).hexdigest()[:32]
        # On disk the lines of a mail end as the system's do; CR LF is for the wire.
        content = serialise(message).replace(b"\r\n", b"\n")
        try:
            await asyncio.to_thread(self._store, owner, key, content)
        except OSError as error:
            raise MailNotSent(
                f"The message could not be kept in the local mailbox: {error.strerror or 'disk error'}.",
                permanent=False,
            ) from error

    async def list(self, owner: str) -> builtins.list[StoredMail]:
        """The newest messages of `owner`, newest first, at most `LIST_LIMIT`; empty for an unknown owner."""
        return await asyncio.to_thread(self._list, owner)

    async def read(self, owner: str, key: str) -> StoredMail | None:
        """One message of `owner`, with its text and HTML. None where there is none, or it is damaged."""
        return await asyncio.to_thread(self._read, owner, key)

    def _store(self, owner: str, key: str, content: bytes) -> None:
        if self._find(owner, key) is not None:
            return
        # Mails hold links that sign people in: for this user of the machine only.
        folder = self._folder / owner
        for path in (self._folder, folder, folder / "tmp", folder / "new", folder / "cur"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / "tmp" / secrets.token_hex(16)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(folder / "new" / key)
        finally:
            draft.unlink(missing_ok=True)
        _fsync_folder(folder / "new")

    def _list(self, owner: str) -> builtins.list[StoredMail]:
        found = sorted(_files(self._folder, owner), reverse=True)[:LIST_LIMIT]
        mails = (_stored(path, with_bodies=False) for _, path in found)
        return [mail for mail in mails if mail is not None]

    def _read(self, owner: str, key: str) -> StoredMail | None:
        path = self._find(owner, key)
        return _stored(path, with_bodies=True) if path is not None else None

    def _find(self, owner: str, key: str) -> Path | None:
        if not _KEY.fullmatch(key):
            return None
        return next((path for _, path in _files(self._folder, owner) if _key(path) == key), None)


def _files(mailbox: Path, owner: str) -> list[tuple[int, Path]]:
    """The messages of `owner` and when each was stored (ns), those that a mail program moved included."""
    if not _OWNER.fullmatch(owner):
        return []
    files = []
    for folder in (mailbox / owner / "new", mailbox / owner / "cur"):
        for path in folder.glob("*"):
            # Only what we could have stored: no symbolic link leads out of the mailbox. What a mail program
            # moves at this very moment is there again the next time.
            with suppress(FileNotFoundError):
                facts = path.lstat()
                if _KEY.fullmatch(_key(path)) and stat.S_ISREG(facts.st_mode):
                    files.append((facts.st_mtime_ns, path))
    return files


def _key(path: Path) -> str:
    # A mail program that moves a message to cur/ appends what it knows about it: `:2,S` is "seen".
    return path.name.partition(":")[0]


def _fsync_folder(folder: Path) -> None:
    # Without it, a power failure can take back the new name after we said that the message is kept.
    if os.name == "nt":
        return  # Windows opens no folders, and needs no such thing.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _stored(path: Path, *, with_bodies: bool) -> StoredMail | None:
    """The message in `path`. None when it is gone or damaged, which must not hide the others."""
    try:
        message = message_from_bytes(path.read_bytes())
        return StoredMail(
            key=_key(path),
            to=_header(message, "To"),
            subject=_header(message, "Subject"),
            date=parsedate_to_datetime(_header(message, "Date")).astimezone(UTC),
            message_id=_header(message, "Message-ID"),
            text=_body(message, "text/plain") if with_bodies else None,
            html=_body(message, "text/html") if with_bodies else None,
        )
    except (OSError, ValueError, LookupError, MessageError):
        return None


def _header(message: Message, name: str) -> str:
    # Not the modern policies: on Python 3.11 they read extra spaces into long names.
    return str(make_header(decode_header("".join(str(message[name]).splitlines())))) if name in message else ""


def _body(message: Message, content_type: str) -> str | None:
    for part in message.walk():
        if part.get_content_type() == content_type:
            content = part.get_payload(decode=True)
            return content.decode("utf-8", "replace") if isinstance(content, bytes) else None
    return None
