"""Clerk's webhooks: whether one is genuine (Svix, which is Standard Webhooks 1.0.0), and what it tells."""

import base64
import binascii
import hmac
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec
from standardwebhooks.webhooks import Webhook

from qwalo.identity.clerk.fields import ClerkId, moment, shown_email, shown_name
from qwalo.identity.clerk.organization_events import (
    ORGANIZATION_EVENTS,
    OrganizationEvent,
    read_organization_event,
)
from qwalo.platform.http.problems import Problem
from qwalo.settings import SettingsError

WINDOW_SECONDS = 300
MAX_SIGNATURES = 16


class InvalidWebhook(Problem):
    """It is not genuine, is too old or from the future, or does not have the shape that Clerk documents."""

    status = 400
    code = "invalid-webhook"
    title = "Invalid webhook"


class UserChanged(msgspec.Struct, frozen=True, tag=True):
    """A person as Clerk knew them at `updated_at`. `email` is the primary address, if it is verified."""

    clerk_user_id: str
    email: str | None
    name: str | None
    updated_at: datetime


class UserDeleted(msgspec.Struct, frozen=True, tag=True):
    clerk_user_id: str


ClerkEvent = UserChanged | UserDeleted | OrganizationEvent


class ClerkWebhooks:
    """Reads the webhooks signed with `secret` (`whsec_...`). `now` gives seconds since 1970.

    Raises:
        SettingsError: the secret is not one that Clerk shows.
    """

    def __init__(self, secret: str, *, now: Callable[[], float] = time.time) -> None:
        encoded = secret.removeprefix("whsec_")
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not key:
            raise SettingsError("CLERK_WEBHOOK_SECRET must be whsec_ and base64, as Clerk shows it.")
        self._webhook = Webhook(key)
        self._now = now

    def read(self, headers: Mapping[str, str], body: bytes) -> ClerkEvent | None:
        """What the webhook tells, None where it is of a type that does not concern us.

        Raises:
            InvalidWebhook: see there. Nothing of it may be used.
        """
        self._verify(headers, body)
        return read_event(body)

    def _verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """The scheme's signature over `id.timestamp.body`.

        The library signs, and the comparison is here: its own `verify` reads the system's clock, takes a
        timestamp like `1e9`, and fails with other errors than its own on a header that is not well formed.
        """
        message_id = _header(headers, "svix-id")
        sent_at = _header(headers, "svix-timestamp")
        signatures = _header(headers, "svix-signature").split(" ")
        if re.fullmatch(r"[0-9]{1,11}", sent_at) is None:
            raise InvalidWebhook("svix-timestamp must be a number of seconds.")
        if abs(self._now() - int(sent_at)) > WINDOW_SECONDS:
            raise InvalidWebhook("It was sent more than five minutes ago, or is from the future.")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise InvalidWebhook("The body is not UTF-8.") from None
        expected = self._webhook.sign(message_id, datetime.fromtimestamp(int(sent_at), UTC), text).encode()
        # Several signatures are there while a secret is replaced; other versions than v1 never match.
        if not any(hmac.compare_digest(expected, one.encode()) for one in signatures[:MAX_SIGNATURES]):
            raise InvalidWebhook("No signature matches.")


def _header(headers: Mapping[str, str], name: str) -> str:
    values = [value.strip() for key, value in headers.items() if key.lower() == name]
    if len(values) != 1 or not values[0]:
        raise InvalidWebhook(f"There must be one {name} header.")
    return values[0]


class _Event(msgspec.Struct):
    type: str
    data: msgspec.Raw


class _Verification(msgspec.Struct):
    status: str | None = None


class _Email(msgspec.Struct):
    id: str
    email_address: str
    verification: _Verification | None = None


class _User(msgspec.Struct):
    id: ClerkId
    updated_at: int
    email_addresses: list[_Email] = []
    primary_email_address_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class _DeletedUser(msgspec.Struct):
    id: ClerkId


def read_event(body: bytes) -> ClerkEvent | None:
    """The event in a genuine webhook's body.

    Raises:
        InvalidWebhook: it does not have the shape that Clerk documents.
    """
    try:
        event = msgspec.json.decode(body, type=_Event)
        if event.type in {"user.created", "user.updated"}:
            return _user_changed(msgspec.json.decode(event.data, type=_User))
        if event.type == "user.deleted":
            return UserDeleted(msgspec.json.decode(event.data, type=_DeletedUser).id)
        if event.type in ORGANIZATION_EVENTS:
            return read_organization_event(event.type, event.data)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidWebhook("The body is not an event of Clerk's.") from error
    return None


def _user_changed(user: _User) -> UserChanged:
    names = [name for name in (user.first_name, user.last_name) if name]
    return UserChanged(
        clerk_user_id=user.id,
        email=_primary_email(user),
        name=shown_name(" ".join(names)),
        updated_at=moment(user.updated_at),
    )


def _primary_email(user: _User) -> str | None:
    """Only a verified one: whoever types an address in has not shown that it is theirs."""
    for email in user.email_addresses:
        if email.id == user.primary_email_address_id:
            verified = email.verification is not None and email.verification.status == "verified"
            return shown_email(email.email_address) if verified else None
    return None
