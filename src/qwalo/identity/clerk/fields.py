"""What Clerk's tokens and webhooks have in common: ids, moments, and the words that people see."""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

import msgspec

MAX_NAME_LENGTH = 200
# RFC 5321: 64 before the @, 255 after it.
MAX_EMAIL_LENGTH = 320
ClerkId = Annotated[str, msgspec.Meta(pattern=r"\A(?!local_)[A-Za-z0-9_.-]{1,128}\Z")]
ClerkRole = Annotated[str, msgspec.Meta(pattern=r"\A(?!org:\Z)[A-Za-z0-9_.:-]{1,128}\Z")]
Slug = Annotated[str, msgspec.Meta(max_length=256)]


def moment(milliseconds: int) -> datetime:
    """A time of Clerk's, which is in milliseconds since 1970. Raises ValueError, OverflowError."""
    # By whole milliseconds: a float of seconds would be off by one of them now and then.
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def role_name(role: str) -> str:
    """`org:admin`, as webhooks and old tokens have it, without the prefix, as tokens of version 2 have it."""
    return role.removeprefix("org:")


def shown_name(text: str) -> str | None:
    """`text` as a person's name: no control characters, no double spaces, at most 200 characters."""
    plain = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text.replace("\x00", ""))
    kept = "".join(c for c in " ".join(plain.split()) if unicodedata.category(c) != "Cs")
    return kept[:MAX_NAME_LENGTH].strip() or None


def shown_email(text: str) -> str | None:
    """`text` as an address in lower case, None where it cannot be one."""
    address = text.strip().lower()
    local, _, domain = address.rpartition("@")
    odd = any(c.isspace() or unicodedata.category(c) in {"Cc", "Cs"} for c in address)
    return address if local and domain and not odd and len(address) <= MAX_EMAIL_LENGTH else None
