"""Pages of webhooks with a form: a new endpoint, its settings, a new secret, its end."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import FormMultiDict

from qwalo.events.models import WEBHOOK_EVENTS
from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.platform.http.rendering import invalid_request
from qwalo.web import forms
from qwalo.webhooks import service
from qwalo.webhooks.errors import TooManyWebhookEndpoints
from qwalo.webhooks.schemas import (
    DEFAULT_OVERLAP_HOURS,
    CreateWebhookEndpoint,
    RotateWebhookSecret,
    UpdateWebhookEndpoint,
)
from qwalo.webhooks.service import WebhookRules
from qwalo.workspaces import service as workspaces

# What a form offers: the events, in groups by what they are about.
GROUPS = [
    ("Invitees", [event for event in WEBHOOK_EVENTS if event.startswith("invitee.")]),
    ("Interviews", [event for event in WEBHOOK_EVENTS if event.startswith("interview.")]),
    ("Calls", [event for event in WEBHOOK_EVENTS if event.startswith("call.")]),
    ("Members", [event for event in WEBHOOK_EVENTS if event.startswith("member.")]),
]
OVERLAPS = [("0", "At once"), ("1", "In an hour"), ("24", "In a day"), ("72", "In 3 days"), ("168", "In a week")]


class WebhookFormPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/webhooks"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    webhook_rules: WebhookRules

    @get("/new")
    async def new_endpoint(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        return await self._new(page, request, workspace_id, {}, [])

    @post("/new", status_code=200)
    async def create_endpoint(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str]
    ) -> Response[str]:
        form = await request.form()
        values, events = forms.values_of(form), _events(form)
        try:
            data = _read(values, events)
            async with self.db.transaction() as conn:
                made = await service.create_endpoint(conn, request.user, self.webhook_rules, workspace_id, data)
        except (forms.InvalidForm, InvalidRequest) as error:
            return await self._new(page, request, workspace_id, values, events, _errors(error))
        except TooManyWebhookEndpoints as error:
            return page.redirect(f"/dashboard/workspaces/{workspace_id}/webhooks", str(error), "error")
        # Answered directly: nothing but this page ever holds the secret.
        return await self._secret(page, request, workspace_id, made.endpoint.id, made.secret, rotated=False)

    @get("/{endpoint_id:str}/settings")
    async def edit_endpoint(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.connection() as conn:
            endpoint = await service.get_endpoint(conn, request.user, workspace_id, endpoint_id)
        values = {"url": endpoint.url, "description": endpoint.description or ""}
        return await self._edit(page, request, workspace_id, endpoint_id, values, list(endpoint.events))

    @post("/{endpoint_id:str}/settings")
    async def update_endpoint(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> Response[str]:
        form = await request.form()
        values, events = forms.values_of(form), _events(form)
        try:
            # A form sends all of its fields: the shape of a new one.
            data = _read(values, events)
            change = UpdateWebhookEndpoint(url=data.url, events=data.events, description=data.description)
            async with self.db.transaction() as conn:
                await service.update_endpoint(conn, request.user, self.webhook_rules, workspace_id, endpoint_id, change)
        except (forms.InvalidForm, InvalidRequest) as error:
            return await self._edit(page, request, workspace_id, endpoint_id, values, events, _errors(error))
        return page.redirect(_path(workspace_id, endpoint_id), "Saved.")

    @get("/{endpoint_id:str}/rotation")
    async def confirm_rotation(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> Response[str]:
        return await self._about(
            "webhooks/rotation.html", page, request, workspace_id, endpoint_id, overlaps=OVERLAPS, chosen="24"
        )

    @post("/{endpoint_id:str}/rotation", status_code=200)
    async def rotate_secret(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> Response[str]:
        chosen = forms.values_of(await request.form()).get("overlapHours", "")
        known = chosen in dict(OVERLAPS)
        data = RotateWebhookSecret(overlapHours=int(chosen) if known else DEFAULT_OVERLAP_HOURS)
        async with self.db.transaction() as conn:
            made = await service.rotate_secret(conn, request.user, self.webhook_rules, workspace_id, endpoint_id, data)
        return await self._secret(page, request, workspace_id, endpoint_id, made.secret, rotated=True)

    @get("/{endpoint_id:str}/deletion")
    async def confirm_deletion(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> Response[str]:
        return await self._about("webhooks/deletion.html", page, request, workspace_id, endpoint_id)

    @post("/{endpoint_id:str}/deletion")
    async def delete_endpoint(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> Response[str]:
        async with self.db.transaction() as conn:
            endpoint = await service.get_endpoint(conn, request.user, workspace_id, endpoint_id)
            await service.delete_endpoint(conn, request.user, workspace_id, endpoint_id)
        return page.redirect(
            f"/dashboard/workspaces/{workspace_id}/webhooks", f"The endpoint at {endpoint.host} is deleted."
        )

    async def _new(
        self,
        page: HostPage,
        request: HostRequest,
        workspace_id: str,
        values: dict[str, str],
        events: list[str],
        errors: forms.FormErrors | None = None,
    ) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            # Asked only for what it refuses: whoever may not manage sees no form.
            await service.list_endpoints(conn, request.user, workspace_id, page_request(1))
        return page.render(
            "webhooks/new.html",
            status=422 if errors else 200,
            workspace=workspace,
            values=values,
            chosen=events,
            groups=GROUPS,
            errors=errors or forms.FormErrors(),
        )

    async def _edit(
        self,
        page: HostPage,
        request: HostRequest,
        workspace_id: str,
        endpoint_id: str,
        values: dict[str, str],
        events: list[Any],
        errors: forms.FormErrors | None = None,
    ) -> Response[str]:
        return await self._about(
            "webhooks/settings.html",
            page,
            request,
            workspace_id,
            endpoint_id,
            status=422 if errors else 200,
            values=values,
            chosen=events,
            groups=GROUPS,
            errors=errors or forms.FormErrors(),
        )

    async def _secret(
        self, page: HostPage, request: HostRequest, workspace_id: str, endpoint_id: str, secret: str, *, rotated: bool
    ) -> Response[str]:
        return await self._about(
            "webhooks/secret.html", page, request, workspace_id, endpoint_id, secret=secret, rotated=rotated
        )

    async def _about(
        self,
        template: str,
        page: HostPage,
        request: HostRequest,
        workspace_id: str,
        endpoint_id: str,
        status: int = 200,
        **context: Any,
    ) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            endpoint = await service.get_endpoint(conn, request.user, workspace_id, endpoint_id)
        return page.render(template, status=status, workspace=workspace, endpoint=endpoint, **context)


def _path(workspace_id: str, endpoint_id: str) -> str:
    return f"/dashboard/workspaces/{workspace_id}/webhooks/{endpoint_id}"


def _events(form: FormMultiDict) -> list[str]:
    return [value for value in form.getall("events", []) if isinstance(value, str)]


def _read(values: dict[str, str], events: list[str]) -> CreateWebhookEndpoint:
    """As `forms.read`, with a list of events. Raises InvalidForm."""
    given = {"url": values.get("url", ""), "description": values.get("description", "").strip() or None}
    try:
        return msgspec.convert(given | {"events": events}, CreateWebhookEndpoint)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        raise forms.InvalidForm(_by_field(invalid_request([(place.strip(".`"), message)]))) from error


def _errors(error: forms.InvalidForm | InvalidRequest) -> forms.FormErrors:
    return error.errors if isinstance(error, forms.InvalidForm) else _by_field(error)


def _by_field(problem: InvalidRequest) -> forms.FormErrors:
    return forms.FormErrors({item.field.partition("[")[0]: item.message for item in problem.errors})
