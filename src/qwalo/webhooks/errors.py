"""What can go wrong with webhooks."""

from qwalo.platform.http.problems import Conflict, NotFound
from qwalo.webhooks.models import MAX_ENDPOINTS


class WebhookEndpointNotFound(NotFound):
    """There is no such webhook endpoint in a workspace that the caller may see."""

    code = "webhook-endpoint-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such webhook endpoint in this workspace, or it is not yours.")


class WebhookDeliveryNotFound(NotFound):
    """There is no such delivery to this webhook endpoint."""

    code = "webhook-delivery-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such delivery to this webhook endpoint, or it is not yours.")


class TooManyWebhookEndpoints(Conflict):
    """The workspace has as many webhook endpoints as it may have."""

    code = "too-many-webhook-endpoints"
    title = "Too many webhook endpoints"

    def __init__(self) -> None:
        super().__init__(f"A workspace has at most {MAX_ENDPOINTS} webhook endpoints: delete one that is not used.")


class WebhookEndpointDisabled(Conflict):
    """Nothing is sent to a disabled webhook endpoint."""

    code = "webhook-endpoint-disabled"
    title = "Webhook endpoint disabled"

    def __init__(self) -> None:
        super().__init__("Nothing is sent to this webhook endpoint while it is disabled: enable it first.")
