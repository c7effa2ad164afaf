"""Request shapes of API keys."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from qwalo.api_keys.models import Scope
from qwalo.platform.clock import now
from qwalo.platform.http import fields

MAX_DAYS = 5 * 365
_MAX_LIFE = timedelta(days=MAX_DAYS)

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Days = Annotated[int, msgspec.Meta(ge=1, le=MAX_DAYS)]


class CreateApiKey(msgspec.Struct, forbid_unknown_fields=True):
    """A key without an end must be revoked by hand, so give it one: a moment, or a number of days from now."""

    name: fields.Text
    scope: Scope
    expiresAt: Moment | None = None
    expiresInDays: Days | None = None

    EXAMPLE: ClassVar[dict[str, Any]] = {"name": "CRM synchronisation", "scope": "write", "expiresInDays": 365}

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.name = check.text("name", self.name)
        if self.expiresAt is not None:
            if self.expiresInDays is not None:
                raise ValueError("`expiresInDays` Give this or expiresAt, not both.")
            if not now() < self.expiresAt <= now() + _MAX_LIFE:
                raise ValueError("`expiresAt` Must be in the future, and at most five years from now.")

    @property
    def end(self) -> datetime | None:
        """When the key expires, in UTC and whole milliseconds."""
        if self.expiresInDays is not None:
            return now() + timedelta(days=self.expiresInDays)
        if self.expiresAt is None:
            return None
        moment = self.expiresAt.astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


# What the page offers, as the form sends it. Empty is no end.
Expiry = Literal["30", "90", "365"]


class ApiKeyForm(msgspec.Struct):
    """The same as a form of the dashboard sends it."""

    name: fields.Text
    scope: Scope
    expiry: Expiry | None = None

    def __post_init__(self) -> None:
        with fields.Checks() as check:
            self.name = check.text("name", self.name)

    def data(self) -> CreateApiKey:
        return CreateApiKey(self.name, self.scope, expiresInDays=int(self.expiry) if self.expiry else None)
