"""Use cases of webhooks, for owners and admins of a workspace. How a delivery goes out is in `delivering`."""

from typing import Any

import msgspec
from msgspec import UNSET

from qwalo.events.models import Event, EventType, actor_of
from qwalo.events.recording import record
from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.platform.http.problems import FieldError, InvalidRequest, Problem
from qwalo.webhooks import addresses, deliveries, repository
from qwalo.webhooks.errors import (
    TooManyWebhookEndpoints,
    WebhookDeliveryNotFound,
    WebhookEndpointDisabled,
    WebhookEndpointNotFound,
)
from qwalo.webhooks.models import MAX_ENDPOINTS, WebhookDelivery, WebhookEndpoint
from qwalo.webhooks.schemas import (
    CreateWebhookEndpoint,
    RotateWebhookSecret,
    UpdateWebhookEndpoint,
    WebhookEndpointSecret,
)
from qwalo.webhooks.secrets import Secrets
from qwalo.workspaces.access import allow, look
from qwalo.workspaces.errors import WorkspaceNotFound
from qwalo.workspaces.roles import Action

# Which of an endpoint's facts the audit log shows. Of its address the host alone: the rest may hold a token.
_FACTS = ("id", "workspaceId", "events", "createdAt", "updatedAt", "description", "disabledAt", "disabledReason")


async def list_endpoints(
    conn: Connection, viewer: Viewer, workspace_id: str, page: PageRequest
) -> Page[WebhookEndpoint]:
    """Raises WorkspaceNotFound, NotAllowed."""
    await look(conn, viewer, workspace_id, Action.MANAGE)
    return page_of(await repository.list_endpoints(conn, viewer.id, workspace_id, page), page)


async def get_endpoint(conn: Connection, viewer: Viewer, workspace_id: str, endpoint_id: str) -> WebhookEndpoint:
    """Raises WebhookEndpointNotFound, NotAllowed."""
    await look(conn, viewer, workspace_id, Action.MANAGE, missing=WebhookEndpointNotFound)
    return _found(await repository.find_endpoint(conn, viewer.id, workspace_id, endpoint_id))


async def create_endpoint(
    conn: Connection, viewer: Viewer, rules: "WebhookRules", workspace_id: str, data: CreateWebhookEndpoint
) -> WebhookEndpointSecret:
    """Raises WorkspaceNotFound, NotAllowed, TooManyWebhookEndpoints, InvalidRequest."""
    await allow(conn, viewer, workspace_id, Action.MANAGE, hold="row")
    rules.check(data.url)
    if await repository.count_endpoints(conn, viewer.id, workspace_id) >= MAX_ENDPOINTS:
        raise TooManyWebhookEndpoints
    secret = rules.secrets.make()
    endpoint = await repository.insert_endpoint(
        conn, viewer.id, workspace_id, data.url, data.events, data.description, rules.secrets.seal(secret)
    )
    if endpoint is None:
        raise WorkspaceNotFound
    await _record(conn, viewer, "webhook_endpoint.created", endpoint)
    return WebhookEndpointSecret(endpoint, secret)


async def update_endpoint(
    conn: Connection,
    viewer: Viewer,
    rules: "WebhookRules",
    workspace_id: str,
    endpoint_id: str,
    data: UpdateWebhookEndpoint,
) -> WebhookEndpoint:
    """Raises WebhookEndpointNotFound, NotAllowed, InvalidRequest."""
    before = await _locked(conn, viewer, workspace_id, endpoint_id)
    wanted = msgspec.structs.replace(
        before,
        url=before.url if data.url is UNSET else data.url,
        events=before.events if data.events is UNSET else data.events,
        description=before.description if data.description is UNSET else data.description,
    )
    if wanted.url != before.url:
        rules.check(wanted.url)
    was_disabled = before.disabledAt is not None
    disabled = was_disabled if data.disabled is UNSET else data.disabled
    if wanted == before and disabled == was_disabled:
        return before
    after = _found(await repository.update_endpoint(conn, viewer.id, wanted, disabled=disabled))
    if wanted != before:
        await _record(conn, viewer, "webhook_endpoint.updated", after, changes=_changes(before, after))
    if disabled and not was_disabled:
        await deliveries.unscoped_give_up(conn, endpoint_id)
        await _record(conn, viewer, "webhook_endpoint.disabled", after)
    if was_disabled and not disabled:
        await _record(conn, viewer, "webhook_endpoint.enabled", after)
    return after


async def rotate_secret(
    conn: Connection,
    viewer: Viewer,
    rules: "WebhookRules",
    workspace_id: str,
    endpoint_id: str,
    data: RotateWebhookSecret,
) -> WebhookEndpointSecret:
    """Raises WebhookEndpointNotFound, NotAllowed."""
    await _locked(conn, viewer, workspace_id, endpoint_id)
    secret = rules.secrets.make()
    endpoint = _found(
        await repository.rotate_secret(
            conn, viewer.id, workspace_id, endpoint_id, rules.secrets.seal(secret), data.overlapHours
        )
    )
    await _record(conn, viewer, "webhook_endpoint.rotated", endpoint, overlapHours=data.overlapHours)
    return WebhookEndpointSecret(endpoint, secret)


async def delete_endpoint(conn: Connection, viewer: Viewer, workspace_id: str, endpoint_id: str) -> None:
    """Raises WebhookEndpointNotFound, NotAllowed."""
    endpoint = await _locked(conn, viewer, workspace_id, endpoint_id)
    if not await repository.delete_endpoint(conn, viewer.id, workspace_id, endpoint_id):
        raise WebhookEndpointNotFound
    await _record(conn, viewer, "webhook_endpoint.deleted", endpoint)


async def list_deliveries(
    conn: Connection, viewer: Viewer, workspace_id: str, endpoint_id: str, page: PageRequest
) -> Page[WebhookDelivery]:
    """Raises WebhookEndpointNotFound, NotAllowed."""
    await get_endpoint(conn, viewer, workspace_id, endpoint_id)
    return page_of(await deliveries.list_deliveries(conn, viewer.id, workspace_id, endpoint_id, page), page)


async def send_test(conn: Connection, viewer: Viewer, workspace_id: str, endpoint_id: str) -> WebhookDelivery:
    """An event for this endpoint alone. Raises WebhookEndpointNotFound, NotAllowed, WebhookEndpointDisabled."""
    endpoint = await _enabled(conn, viewer, workspace_id, endpoint_id)
    # A trigger makes the delivery of it, as of every event (migration 0009).
    await _record(conn, viewer, "webhook_endpoint.tested", endpoint)
    delivery = await deliveries.find_newest_test(conn, viewer.id, workspace_id, endpoint_id)
    if delivery is None:
        raise WebhookEndpointNotFound
    return delivery


async def send_again(
    conn: Connection, viewer: Viewer, workspace_id: str, endpoint_id: str, delivery_id: str
) -> WebhookDelivery:
    """Raises WebhookDeliveryNotFound, NotAllowed, WebhookEndpointDisabled."""
    await _enabled(conn, viewer, workspace_id, endpoint_id, missing=WebhookDeliveryNotFound)
    delivery = await deliveries.send_again(conn, viewer.id, workspace_id, endpoint_id, delivery_id)
    if delivery is None:
        raise WebhookDeliveryNotFound
    return delivery


class WebhookRules:
    """What the installation says of endpoints: how their secrets are kept, and where they may be."""

    def __init__(self, secret_key: str, *, private_addresses: bool) -> None:
        self.secrets = Secrets(secret_key)
        self._private_addresses = private_addresses

    def check(self, url: str) -> None:
        """Raises InvalidRequest."""
        refusal = None if self._private_addresses else addresses.refusal(url)
        if refusal is not None:
            raise InvalidRequest(f"url: {refusal}", errors=[FieldError("url", refusal)])


async def _locked(
    conn: Connection,
    viewer: Viewer,
    workspace_id: str,
    endpoint_id: str,
    *,
    missing: type[Problem] = WebhookEndpointNotFound,
) -> WebhookEndpoint:
    await allow(conn, viewer, workspace_id, Action.MANAGE, missing=missing)
    endpoint = await repository.lock_endpoint(conn, viewer.id, workspace_id, endpoint_id)
    if endpoint is None:
        raise missing
    return endpoint


async def _enabled(
    conn: Connection,
    viewer: Viewer,
    workspace_id: str,
    endpoint_id: str,
    *,
    missing: type[Problem] = WebhookEndpointNotFound,
) -> WebhookEndpoint:
    endpoint = await _locked(conn, viewer, workspace_id, endpoint_id, missing=missing)
    if endpoint.disabledAt is not None:
        raise WebhookEndpointDisabled
    return endpoint


def facts_of(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """What events say of it."""
    shown = {name: getattr(endpoint, name) for name in _FACTS}
    return {"host": endpoint.host} | {name: value for name, value in shown.items() if value is not None}


def _changes(before: WebhookEndpoint, after: WebhookEndpoint) -> dict[str, Any]:
    fields = [name for name in ("url", "events", "description") if getattr(before, name) != getattr(after, name)]
    shown = {"url": "host"}
    return {
        name: {"old": getattr(before, shown.get(name, name)), "new": getattr(after, shown.get(name, name))}
        for name in fields
    }


async def _record(conn: Connection, viewer: Viewer, event: EventType, endpoint: WebhookEndpoint, **more: Any) -> None:
    data = {"webhookEndpoint": facts_of(endpoint), **more}
    await record(conn, actor_of(viewer), Event(event, endpoint.workspaceId, endpoint.id, endpoint.host, data))


def _found(endpoint: WebhookEndpoint | None) -> WebhookEndpoint:
    if endpoint is None:
        raise WebhookEndpointNotFound
    return endpoint
