"""The JSON API of the audit log, and its export."""

from typing import Annotated

from litestar import Controller, Response, get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import QueryParameter
from litestar.response import Stream

from qwalo.audit import exporting, service
from qwalo.audit.models import AuditEvent
from qwalo.audit.schemas import audit_filter
from qwalo.events.models import EVENT_TYPES
from qwalo.identity.authentication import HostRequest
from qwalo.identity.errors import NotSignedIn
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, problems
from qwalo.platform.http.injection import FromPath
from qwalo.platform.http.paging import DEFAULT_LIMIT, CursorText, Limit, next_link, page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.settings import Settings
from qwalo.workspaces.errors import NotAllowed, WorkspaceNotFound

_READ = problems(NotSignedIn, NotAllowed, WorkspaceNotFound, InvalidRequest, *READ)

_FILE = ResponseSpec(
    data_container=str,
    media_type=exporting.MEDIA_TYPE,
    description="A line of names, and one for each event.",
    generate_examples=False,
    examples=[Example(value=exporting.EXAMPLE)],
)

_TIME = "a day of UTC (`2026-03-02`) or a moment (`2026-03-02T09:14:05Z`)."
TypeText = Annotated[
    str | None,
    QueryParameter(name="type", description="Events of this type.", schema_extra={"enum": list(EVENT_TYPES)}),
]
ActorText = Annotated[
    str | None,
    QueryParameter(name="actor", description="What this user, API key or invitee did (`system`: Qwalo itself)."),
]
ObjectText = Annotated[
    str | None, QueryParameter(name="object", description="What was done to the object with this id.")
]
# A moment is taken too, as the description says; there is no format for either of both.
_MOMENT = {"format": "date"}
FromText = Annotated[str | None, QueryParameter(name="from", description=f"Since then: {_TIME}", schema_extra=_MOMENT)]
ToText = Annotated[
    str | None, QueryParameter(name="to", description=f"Before then, or on that day: {_TIME}", schema_extra=_MOMENT)
]


class AuditController(Controller):
    path = "/workspaces/{workspace_id:str}"
    tags = ("Audit log",)

    settings: Settings
    db: Database

    @get("/audit-events", summary="List what happened in a workspace, newest first", responses=_READ)
    async def list_events(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        kind: TypeText = None,
        actor: ActorText = None,
        object_id: ObjectText = None,
        begin: FromText = None,
        end: ToText = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: CursorText = None,
    ) -> Response[list[AuditEvent]]:
        wanted, asked = audit_filter(kind, actor, object_id, begin, end), page_request(limit, cursor)
        async with self.db.connection() as conn:
            page = await service.list_events(conn, request.user, workspace_id, wanted, asked)
        address = f"{self.settings.public_url}/workspaces/{workspace_id}/audit-events"
        return Response(page.rows, headers=next_link(address, page, limit, wanted.query()))

    @get(
        "/audit-events.csv",
        summary="Export what happened in a workspace as CSV, newest first",
        description=f"At most {exporting.MAX_ROWS:,} rows, in UTF-8 with a byte order mark.",
        media_type=exporting.MEDIA_TYPE,
        responses=_READ | {200: _FILE},
    )
    async def export_events(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        kind: TypeText = None,
        actor: ActorText = None,
        object_id: ObjectText = None,
        begin: FromText = None,
        end: ToText = None,
    ) -> Stream:
        wanted = audit_filter(kind, actor, object_id, begin, end)
        export = await exporting.start(self.db, request.user, workspace_id, wanted)
        headers = {"Content-Disposition": f'attachment; filename="{export.file_name}"', "Cache-Control": "no-store"}
        return Stream(export.chunks, media_type=f"{exporting.MEDIA_TYPE}; charset=utf-8", headers=headers)
