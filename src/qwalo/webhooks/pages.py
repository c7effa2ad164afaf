"""The dashboard's pages of webhooks, for owners and admins of a workspace. Those with forms are in `form_pages`."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.response import ServerSentEvent

from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath, FromQuery, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.http.paging import page_request
from qwalo.platform.realtime.changes import Changes
from qwalo.web import forms
from qwalo.web.live import live_events
from qwalo.webhooks import service
from qwalo.webhooks.errors import WebhookEndpointDisabled
from qwalo.webhooks.models import MAX_ENDPOINTS
from qwalo.webhooks.schemas import (
    UpdateWebhookEndpoint,
)
from qwalo.webhooks.service import WebhookRules
from qwalo.workspaces import service as workspaces

DELIVERIES_A_PAGE = 25


class WebhookPages(Controller):
    path = "/dashboard/workspaces/{workspace_id:str}/webhooks"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    changes: Changes
    webhook_rules: WebhookRules

    @get()
    async def list_endpoints(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        async with self.db.connection() as conn:
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            endpoints = await service.list_endpoints(conn, request.user, workspace_id, page_request(cursor=cursor))
        return page.render(
            "webhooks/list.html",
            workspace=workspace,
            endpoints=endpoints,
            cursor=cursor,
            full=len(endpoints.rows) >= MAX_ENDPOINTS,
        )

    @get("/{endpoint_id:str}")
    async def show_endpoint(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        endpoint_id: FromPath[str],
        cursor: FromQuery[str | None] = None,
    ) -> Response[str]:
        wanted = page_request(DELIVERIES_A_PAGE, cursor)
        async with self.db.connection() as conn:
            workspace = await workspaces.get_workspace(conn, request.user, workspace_id)
            endpoint = await service.get_endpoint(conn, request.user, workspace_id, endpoint_id)
            deliveries = await service.list_deliveries(conn, request.user, workspace_id, endpoint_id, wanted)
        return page.render(
            "webhooks/endpoint.html",
            workspace=workspace,
            endpoint=endpoint,
            deliveries=deliveries,
            cursor=cursor,
            pretty=_pretty,
        )

    @get("/{endpoint_id:str}/live")
    async def live(
        self, request: HostRequest, workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> ServerSentEvent:
        async with self.db.connection() as conn:
            await service.get_endpoint(conn, request.user, workspace_id, endpoint_id)
        return live_events(self.changes, endpoint_id, request.user.id)

    @post("/{endpoint_id:str}/state")
    async def change_state(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> Response[str]:
        disabled = forms.values_of(await request.form()).get("disabled") == "true"
        change = UpdateWebhookEndpoint(disabled=disabled)
        async with self.db.transaction() as conn:
            await service.update_endpoint(conn, request.user, self.webhook_rules, workspace_id, endpoint_id, change)
        text = "Disabled: nothing is sent there." if disabled else "Enabled: events are sent there from now on."
        return page.redirect(_path(workspace_id, endpoint_id), text)

    @post("/{endpoint_id:str}/tests")
    async def send_test(
        self, request: HostRequest, page: Injected[HostPage], workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> Response[str]:
        path = _path(workspace_id, endpoint_id)
        try:
            async with self.db.transaction() as conn:
                await service.send_test(conn, request.user, workspace_id, endpoint_id)
        except WebhookEndpointDisabled as error:
            return page.redirect(path, str(error), "error")
        return page.redirect(path, "A test event is on its way. What becomes of it shows below.", "info")

    @post("/{endpoint_id:str}/deliveries/{delivery_id:str}/attempts")
    async def send_again(
        self,
        request: HostRequest,
        page: Injected[HostPage],
        workspace_id: FromPath[str],
        endpoint_id: FromPath[str],
        delivery_id: FromPath[str],
    ) -> Response[str]:
        path = _path(workspace_id, endpoint_id)
        try:
            async with self.db.transaction() as conn:
                delivery = await service.send_again(conn, request.user, workspace_id, endpoint_id, delivery_id)
        except WebhookEndpointDisabled as error:
            return page.redirect(path, str(error), "error")
        return page.redirect(path, f"{delivery.payload['type']} is being sent again.", "info")


def _path(workspace_id: str, endpoint_id: str) -> str:
    return f"/dashboard/workspaces/{workspace_id}/webhooks/{endpoint_id}"


def _pretty(payload: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(payload), indent=2).decode()
