"""The JSON API of webhooks."""

from litestar import Controller, Response, delete, get, patch, post

from qwalo.identity.authentication import HostRequest
from qwalo.identity.errors import ForeignRequest, NotSignedIn
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, WRITE, problems
from qwalo.platform.http.injection import FromPath, JSONBody
from qwalo.platform.http.paging import DEFAULT_LIMIT, CursorText, Limit, next_link, page_request
from qwalo.platform.http.problems import InvalidRequest
from qwalo.settings import Settings
from qwalo.webhooks import service
from qwalo.webhooks.errors import (
    TooManyWebhookEndpoints,
    WebhookDeliveryNotFound,
    WebhookEndpointDisabled,
    WebhookEndpointNotFound,
)
from qwalo.webhooks.models import WebhookDelivery, WebhookEndpoint
from qwalo.webhooks.schemas import (
    CreateWebhookEndpoint,
    RotateWebhookSecret,
    UpdateWebhookEndpoint,
    WebhookEndpointSecret,
)
from qwalo.webhooks.service import WebhookRules
from qwalo.workspaces.errors import NotAllowed, WorkspaceNotFound

_READ = problems(NotSignedIn, NotAllowed, *READ)
_WRITE = problems(NotSignedIn, NotAllowed, ForeignRequest, *WRITE)
_ACT = problems(NotSignedIn, NotAllowed, ForeignRequest, *READ)


class WebhookController(Controller):
    path = "/workspaces/{workspace_id:str}/webhook-endpoints"
    tags = ("Webhooks",)

    settings: Settings
    db: Database
    webhook_rules: WebhookRules

    @get(
        summary="List the webhook endpoints of a workspace, newest first",
        responses=_READ | problems(WorkspaceNotFound, InvalidRequest),
    )
    async def list_endpoints(
        self, request: HostRequest, workspace_id: FromPath[str], limit: Limit = DEFAULT_LIMIT, cursor: CursorText = None
    ) -> Response[list[WebhookEndpoint]]:
        async with self.db.connection() as conn:
            page = await service.list_endpoints(conn, request.user, workspace_id, page_request(limit, cursor))
        return Response(page.rows, headers=next_link(self._address(workspace_id), page, limit))

    @post(
        summary="Have events of a workspace sent to an address",
        description="The answer shows the secret that signs them, this once.",
        responses=_WRITE | problems(WorkspaceNotFound, TooManyWebhookEndpoints),
    )
    async def create_endpoint(
        self, request: HostRequest, workspace_id: FromPath[str], data: JSONBody[CreateWebhookEndpoint]
    ) -> WebhookEndpointSecret:
        async with self.db.transaction() as conn:
            return await service.create_endpoint(conn, request.user, self.webhook_rules, workspace_id, data)

    @get("/{endpoint_id:str}", summary="Get a webhook endpoint", responses=_READ | problems(WebhookEndpointNotFound))
    async def get_endpoint(
        self, request: HostRequest, workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> WebhookEndpoint:
        async with self.db.connection() as conn:
            return await service.get_endpoint(conn, request.user, workspace_id, endpoint_id)

    @patch(
        "/{endpoint_id:str}",
        summary="Change a webhook endpoint, disable it or enable it again",
        description="What was still to be sent when it is disabled is not sent, unless you send it again.",
        responses=_WRITE | problems(WebhookEndpointNotFound),
    )
    async def update_endpoint(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        endpoint_id: FromPath[str],
        data: JSONBody[UpdateWebhookEndpoint],
    ) -> WebhookEndpoint:
        async with self.db.transaction() as conn:
            return await service.update_endpoint(
                conn, request.user, self.webhook_rules, workspace_id, endpoint_id, data
            )

    @delete(
        "/{endpoint_id:str}",
        summary="Delete a webhook endpoint with what is known of its deliveries",
        responses=_ACT | problems(WebhookEndpointNotFound),
    )
    async def delete_endpoint(
        self, request: HostRequest, workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> None:
        async with self.db.transaction() as conn:
            await service.delete_endpoint(conn, request.user, workspace_id, endpoint_id)

    @post(
        "/{endpoint_id:str}/secret-rotations",
        summary="Make a new secret",
        description="The answer shows it, this once. The one before signs too, for `overlapHours`.",
        responses=_WRITE | problems(WebhookEndpointNotFound),
    )
    async def rotate_secret(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        endpoint_id: FromPath[str],
        data: JSONBody[RotateWebhookSecret],
    ) -> WebhookEndpointSecret:
        async with self.db.transaction() as conn:
            return await service.rotate_secret(conn, request.user, self.webhook_rules, workspace_id, endpoint_id, data)

    @post(
        "/{endpoint_id:str}/tests",
        status_code=202,
        summary="Send a test event to this endpoint alone",
        responses=_ACT | problems(WebhookEndpointNotFound, WebhookEndpointDisabled),
    )
    async def send_test(
        self, request: HostRequest, workspace_id: FromPath[str], endpoint_id: FromPath[str]
    ) -> WebhookDelivery:
        async with self.db.transaction() as conn:
            return await service.send_test(conn, request.user, workspace_id, endpoint_id)

    @get(
        "/{endpoint_id:str}/deliveries",
        summary="List the deliveries to a webhook endpoint with their attempts, newest first",
        responses=_READ | problems(WebhookEndpointNotFound, InvalidRequest),
    )
    async def list_deliveries(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        endpoint_id: FromPath[str],
        limit: Limit = DEFAULT_LIMIT,
        cursor: CursorText = None,
    ) -> Response[list[WebhookDelivery]]:
        async with self.db.connection() as conn:
            page = await service.list_deliveries(
                conn, request.user, workspace_id, endpoint_id, page_request(limit, cursor)
            )
        address = f"{self._address(workspace_id)}/{endpoint_id}/deliveries"
        return Response(page.rows, headers=next_link(address, page, limit))

    @post(
        "/{endpoint_id:str}/deliveries/{delivery_id:str}/attempts",
        status_code=202,
        summary="Send a delivery again",
        description="With the same `webhook-id`, and tried again by the same schedule.",
        responses=_ACT | problems(WebhookDeliveryNotFound, WebhookEndpointDisabled),
    )
    async def send_again(
        self,
        request: HostRequest,
        workspace_id: FromPath[str],
        endpoint_id: FromPath[str],
        delivery_id: FromPath[str],
    ) -> WebhookDelivery:
        async with self.db.transaction() as conn:
            return await service.send_again(conn, request.user, workspace_id, endpoint_id, delivery_id)

    def _address(self, workspace_id: str) -> str:
        return f"{self.settings.public_url}/workspaces/{workspace_id}/webhook-endpoints"
