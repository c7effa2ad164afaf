"""The dashboard's page of the audit log."""

from typing import Annotated

from litestar import Controller, Response, get
from litestar.params import QueryParameter

from qwalo.audit import service
from qwalo.audit.exporting import MAX_ROWS
from qwalo.audit.facts import facts_of
from qwalo.audit.models import AuditActor
from qwalo.audit.schemas import SYSTEM, AuditFilter, audit_filter
from qwalo.audit.sentences import choices, name_of, parts
from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import Page, page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.web.forms import FormErrors
from qwalo.workspaces import service as workspaces


class AuditPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/audit-log"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database

    @get()
    async def list_events(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        kind: Annotated[str | None, QueryParameter(name="type")] = None,
        actor: FromQuery[str | None] = None,
        object_id: Annotated[str | None, QueryParameter(name="object")] = None,
        begin: Annotated[str | None, QueryParameter(name="from")] = None,
        end: Annotated[str | None, QueryParameter(name="to")] = None,
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        asked = page_request(cursor=cursor)
        errors = FormErrors()
        wanted = AuditFilter()
        try:
            wanted = audit_filter(kind or None, actor or None, object_id or None, begin or None, end or None)
        except InvalidRequest as invalid:
            errors.update({error.field: error.message for error in invalid.errors})
        async with self.db.connection() as conn:
            found = await service.list_events(conn, request.user, workspace_id, wanted, asked)
            actors = await service.list_actors(conn, request.user, workspace_id)
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
        return page.render(
            "audit/log.html",
            status=422 if errors else 200,
            organization=workspace.organizationName,
            workspace=workspace,
            # Nothing fits a filter that cannot be read.
            events=Page([], None) if errors else found,
            wanted=wanted,
            values={"type": kind, "actor": actor, "object": object_id, "from": begin, "to": end},
            errors=errors,
            cursor=cursor,
            choices=choices(),
            people=_people(actors, found.rows[0].actor if found.rows else None, wanted),
            parts=parts,
            facts_of=facts_of,
            name_of=name_of,
            most=MAX_ROWS,
        )


def _people(actors: list[AuditActor], first: AuditActor | None, wanted: AuditFilter) -> list[tuple[str, str]]:
    """(id, name) of those to choose from, who is chosen already among them, and Qwalo itself."""
    known = [(actor.id or "", name_of(actor)) for actor in actors]
    known.append((SYSTEM, name_of(AuditActor("system"))))
    chosen = wanted.actor
    if chosen and chosen not in {actor_id for actor_id, _ in known}:
        known.append((chosen, name_of(first) if first else "Somebody else"))
    return known
