"""The audit log as CSV (RFC 4180), made for spreadsheets: no cell of it is taken for a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import AsyncIterator, Sequence

import msgspec

from qwalo.audit import service
from qwalo.audit.models import AuditEvent
from qwalo.audit.schemas import AuditFilter
from qwalo.audit.sentences import sentence
from qwalo.identity.models import Viewer
from qwalo.platform.clock import now
from qwalo.platform.db.pool import Database
from qwalo.platform.http.paging import Page, PageRequest, page_request
from qwalo.workspaces import service as workspaces

MEDIA_TYPE = "text/csv"
MAX_ROWS = 100_000
# So many of them are in memory at a time, and are written while all other requests of the process wait.
_BATCH = 250
# Spreadsheets take a cell that begins so for a formula (the wide signs are those of East Asian keyboards).
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")  # noqa: RUF001
# By which they see that it is UTF-8.
_BYTE_ORDER_MARK = "\ufeff"
_COLUMNS = (
    *("createdAt", "type", "event", "actorKind", "actorId", "actorLabel", "objectId", "objectLabel"),
    *("data", "address", "requestId", "id"),
)

_encode = msgspec.json.Encoder().encode


class Export(msgspec.Struct, frozen=True):
    file_name: str
    chunks: AsyncIterator[bytes]


async def start(db: Database, viewer: Viewer, workspace_id: str, wanted: AuditFilter) -> Export:
    """The newest rows that fit, read batch by batch: no connection is held while the client receives.

    Raises:
        WorkspaceNotFound, NotAllowed: now, and not in the middle of the file.
    """
    async with db.connection() as conn:
        first = await service.list_events(conn, viewer, workspace_id, wanted, PageRequest(_BATCH))
        workspace = await workspaces.get_workspace(conn, viewer, workspace_id)
    return Export(_file_name(workspace.name), _chunks(db, viewer, workspace_id, wanted, first))


def neutral(cell: str) -> str:
    """`cell` so that a spreadsheet shows it, and does not calculate it."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def lines(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([[neutral(cell) for cell in row] for row in rows])
    return text.getvalue()


async def _chunks(
    db: Database, viewer: Viewer, workspace_id: str, wanted: AuditFilter, page: Page[AuditEvent]
) -> AsyncIterator[bytes]:
    yield (_BYTE_ORDER_MARK + lines([_COLUMNS])).encode()
    left = MAX_ROWS
    while True:
        yield lines([_row(event) for event in page.rows[:left]]).encode()
        left -= len(page.rows)
        if page.next_cursor is None or left <= 0:
            return
        place = page_request(_BATCH, page.next_cursor)
        async with db.connection() as conn:
            page = await service.list_events(conn, viewer, workspace_id, wanted, place)


def _row(event: AuditEvent) -> list[str]:
    return [
        event.createdAt,
        event.type,
        sentence(event),
        event.actor.kind,
        event.actor.id or "",
        event.actor.label or "",
        event.object.id,
        event.object.label,
        _encode(event.data).decode(),
        event.address or "",
        event.requestId or "",
        event.id,
    ]


def _file_name(workspace_name: str) -> str:
    """In letters that every system and every header takes."""
    plain = unicodedata.normalize("NFKD", workspace_name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    return f"audit-log-{words or 'workspace'}-{now():%Y-%m-%d}.csv"


EXAMPLE = lines([_COLUMNS, _row(msgspec.convert(AuditEvent.EXAMPLE, AuditEvent))])
