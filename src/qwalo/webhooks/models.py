"""Webhooks: where a workspace's events are sent, and what became of each delivery. Times are ISO 8601 UTC."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import msgspec

from qwalo.events.models import WebhookEvent

# The names of the jobs. The first is in the trigger of migration 0009, too.
DELIVER = "webhooks.deliver"
TELL_DISABLED = "webhooks.tell_disabled"

MAX_ENDPOINTS = 20

DeliveryStatus = Literal["pending", "delivered", "failed"]


class WebhookEndpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address that events of a workspace are sent to. Its secret is shown once, when it is made."""

    id: str
    workspaceId: str
    url: str
    events: list[WebhookEvent]
    createdAt: str
    updatedAt: str
    description: str | None = None
    disabledAt: str | None = None
    disabledReason: str | None = None
    """Absent where a person disabled it."""
    previousSecretExpiresAt: str | None = None
    """Until then deliveries are signed with the secret before, too."""

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f5w1r20005v9l6e9d8c7fg",
        "workspaceId": "cm8f3k2q70001v9l6h4t2x5ab",
        "url": "https://hooks.example.com/qwalo",
        "events": ["invitee.accepted", "invitee.completed", "call.ended"],
        "createdAt": "2026-03-02T10:00:00.000Z",
        "updatedAt": "2026-03-02T10:00:00.000Z",
        "description": "Our CRM",
    }

    @property
    def host(self) -> str:
        """What it is called where its whole address is not shown, which may hold a token of the receiver."""
        return urlsplit(self.url).netloc


class WebhookAttempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request to the endpoint, and what it answered."""

    startedAt: str
    durationMs: int
    statusCode: int | None = None
    problem: str | None = None
    """Why it does not count as delivered."""
    response: str | None = None
    """The beginning of the answer's body."""


class WebhookDelivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event for one endpoint."""

    id: str
    eventId: str
    """The `webhook-id` of each request."""
    status: DeliveryStatus
    createdAt: str
    payload: dict[str, Any]
    """The body of each request."""
    attempts: list[WebhookAttempt]
    """The newest first."""
    nextAttemptAt: str | None = None

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "d7a1c7a3f5b8e2d4c6b9a0f1e2d3c4b5a",
        "eventId": "cm8f6a9t30007v9l6k2j3h4gf",
        "status": "pending",
        "createdAt": "2026-03-02T10:05:00.120Z",
        "payload": {
            "type": "interview.created",
            "timestamp": "2026-03-02T10:05:00.120Z",
            "data": {"interview": {"id": "cm8f6a9s10006v9l6c1b2a3de", "title": "Why did you choose us?"}},
        },
        "attempts": [
            {
                "startedAt": "2026-03-02T10:05:00.300Z",
                "durationMs": 84,
                "statusCode": 503,
                "problem": "It answered with the status 503.",
                "response": "Service Unavailable",
            }
        ],
        "nextAttemptAt": "2026-03-02T10:05:05.400Z",
    }


class Envelope(msgspec.Struct, frozen=True):
    """What a job needs to send a delivery. `data` is JSON; the secrets are encrypted."""

    delivery_id: str
    status: DeliveryStatus
    sending: int
    endpoint_id: str
    url: str
    secret: str
    previous_secret: str | None
    disabled: bool
    event_id: str
    type: str
    timestamp: str
    data: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of one request. Without a problem, it was delivered."""

    started_at: datetime
    duration_ms: int
    status_code: int | None = None
    problem: str | None = None
    response: str | None = None

    @property
    def is_gone(self) -> bool:
        """The receiver wants no more."""
        return self.status_code == 410


class DisabledNotice(msgspec.Struct, frozen=True):
    """What an owner is told of an endpoint that was disabled."""

    owner_email: str
    owner_name: str | None
    workspace_id: str
    workspace_name: str
    url: str
    reason: str
