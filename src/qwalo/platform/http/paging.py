"""Lists, newest first, in pages: an opaque cursor stands for the last row of a page."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Generic, Protocol, TypeVar
from urllib.parse import urlencode

import msgspec
from litestar.params import Parameter

from qwalo.platform.http.problems import FieldError, InvalidRequest

DEFAULT_LIMIT = 50
MAX_LIMIT = 100

Limit = Annotated[
    int,
    Parameter(ge=1, le=MAX_LIMIT, description=f"How many to answer, {DEFAULT_LIMIT} unless given.", examples=[]),
]
CursorText = Annotated[
    str | None, Parameter(description="Where the page begins: taken from the `next` link of the page before.")
]

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


class Dated(Protocol):
    """A row of a list: its place is given by its time of creation and its id."""

    @property
    def id(self) -> str: ...
    @property
    def createdAt(self) -> str: ...  # noqa: N802 - the JSON's name


class PageRequest(msgspec.Struct, frozen=True):
    """Which page is asked for: the `limit` rows before (`created_at`, `id`)."""

    limit: int = DEFAULT_LIMIT
    # Older than this is everything: the first page needs no query of its own.
    created_at: str = "infinity"
    id: str = ""


Row = TypeVar("Row", bound=Dated)


class Page(msgspec.Struct, Generic[Row], frozen=True):
    """Rows of a list, and the cursor of the next page where there is one."""

    rows: list[Row]
    next_cursor: str | None


def page_request(limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> PageRequest:
    """Raises InvalidRequest for a cursor that no page of ours gave out."""
    if cursor is None:
        return PageRequest(limit)
    try:
        created_at, _, row_id = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode().partition(" ")
    except (binascii.Error, UnicodeError):
        created_at = row_id = ""
    if not _is_moment(created_at) or not row_id or "\0" in row_id:
        message = "The cursor is not one that a list gave out: begin again without it."
        raise InvalidRequest(message, errors=[FieldError("cursor", message)])
    return PageRequest(limit, created_at, row_id)


def page_of(rows: Sequence[Row], request: PageRequest) -> Page[Row]:
    """The page of `rows`, which were fetched with one more than the limit to see whether there is a next page."""
    if len(rows) <= request.limit:
        return Page(list(rows), None)
    kept = list(rows[: request.limit])
    place = f"{kept[-1].createdAt} {kept[-1].id}"
    return Page(kept, base64.urlsafe_b64encode(place.encode()).decode())


def next_link(
    address: str, page: Page[Row], limit: int, filters: Mapping[str, str] = MappingProxyType({})
) -> dict[str, str]:
    """The `Link` header (RFC 8288) to the next page of `address`, or no header on the last one.

    `filters` are what the list was asked for with, and the next page is too.
    """
    if page.next_cursor is None:
        return {}
    query = urlencode({**filters, "limit": limit, "cursor": page.next_cursor})
    return {"Link": f'<{address}?{query}>; rel="next"'}


def _is_moment(text: str) -> bool:
    try:
        return _MOMENT.fullmatch(text) is not None and datetime.fromisoformat(text) is not None
    except ValueError:
        return False
