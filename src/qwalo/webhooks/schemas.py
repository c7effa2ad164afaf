"""Request shapes of webhooks, and the one answer that shows a secret."""

from typing import Annotated, Any, ClassVar, Self

import msgspec
from msgspec import UNSET, UnsetType

from qwalo.events.models import WebhookEvent
from qwalo.platform.http import fields
from qwalo.webhooks.addresses import MAX_URL, UnusableUrl, normal_url
from qwalo.webhooks.models import WebhookEndpoint

DEFAULT_OVERLAP_HOURS = 24
MAX_OVERLAP_HOURS = 168

Url = Annotated[
    str,
    msgspec.Meta(
        extra_json_schema={
            "maxLength": MAX_URL,
            # Names beyond ASCII are taken, too; addresses without TLS where the installation allows private ones.
            "pattern": r"^https://([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,3}[A-Za-z]{2,30}(:[1-9][0-9]{0,3})?"
            r"(/([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?(\?([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$",
        }
    ),
]
Events = Annotated[list[WebhookEvent], msgspec.Meta(extra_json_schema={"minItems": 1, "maxItems": 100}, max_length=100)]
# The framework reads bodies leniently, and would take 0 and "false" for it; `_Checks.flag` does not.
Flag = Annotated[Any, msgspec.Meta(extra_json_schema={"type": "boolean"})]
OverlapHours = Annotated[int, msgspec.Meta(ge=0, le=MAX_OVERLAP_HOURS)]


class CreateWebhookEndpoint(msgspec.Struct, forbid_unknown_fields=True):
    url: Url
    events: Events
    description: fields.Text | None = None

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "url": "https://hooks.example.com/qwalo",
        "events": ["invitee.accepted", "invitee.completed", "call.ended"],
        "description": "Our CRM",
    }

    def __post_init__(self) -> None:
        with _Checks() as check:
            self.url = check.url("url", self.url)
            self.events = check.events("events", self.events)
            if self.description is not None:
                self.description = check.text("description", self.description)


class UpdateWebhookEndpoint(msgspec.Struct, forbid_unknown_fields=True):
    """What is not sent stays as it is. A `description` of null takes it away."""

    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    description: fields.Text | UnsetType | None = UNSET
    disabled: Flag = UNSET

    EXAMPLE: ClassVar[dict[str, Any]] = {"events": ["invitee.completed"], "disabled": False}

    def __post_init__(self) -> None:
        with _Checks() as check:
            if self.url is not UNSET:
                self.url = check.url("url", self.url)
            if self.events is not UNSET:
                self.events = check.events("events", self.events)
            if isinstance(self.description, str):
                self.description = check.text("description", self.description)
            if self.disabled is not UNSET:
                check.flag("disabled", self.disabled)


class RotateWebhookSecret(msgspec.Struct, forbid_unknown_fields=True):
    """For how long the secret before signs beside the new one."""

    overlapHours: OverlapHours = DEFAULT_OVERLAP_HOURS

    EXAMPLE: ClassVar[dict[str, Any]] = {"overlapHours": DEFAULT_OVERLAP_HOURS}


class WebhookEndpointSecret(msgspec.Struct, frozen=True):
    """An endpoint with its new secret, which is shown this once."""

    endpoint: WebhookEndpoint
    secret: str

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "endpoint": WebhookEndpoint.EXAMPLE,
        "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    }


class _Checks(fields.Checks):
    def __enter__(self) -> Self:
        return self

    def url(self, field: str, value: str) -> str:
        try:
            return normal_url(value)
        except UnusableUrl as error:
            self._refuse(field, str(error))
            return value

    def flag(self, field: str, value: object) -> None:
        if not isinstance(value, bool):
            self._refuse(field, "Must be true or false.")

    def events(self, field: str, value: list[WebhookEvent]) -> list[WebhookEvent]:
        """Each once, in the order in which they were given."""
        if not value:
            self._refuse(field, "Choose at least one event.")
        return list(dict.fromkeys(value))
