"""Clerk's webhooks: which are genuine, and what they tell (security.md, G5)."""

import json
from typing import Any

import pytest

from qwalo.identity.clerk.events import ClerkWebhooks, InvalidWebhook, UserChanged, UserDeleted, read_event
from qwalo.settings import SettingsError
from tests.clerk import WEBHOOK_SECRET, ClerkStandIn, signed_headers, user_id

NOW = 1_800_000_000
CLERK = ClerkStandIn(now=lambda: NOW)
WEBHOOKS = ClerkWebhooks(WEBHOOK_SECRET, now=lambda: NOW)
HEADERS, BODY = CLERK.webhook("user.deleted", {"object": "user", "id": user_id(1), "deleted": True})
DELETED = UserDeleted(user_id(1))


def test_svixs_own_vector_is_accepted() -> None:
    """The signature is the one that Svix computes."""
    webhooks = ClerkWebhooks("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", now=lambda: 1614265330)
    headers = {
        "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "svix-timestamp": "1614265330",
        "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    webhooks._verify(headers, b'{"test": 2432232314}')
    with pytest.raises(InvalidWebhook):
        webhooks._verify(headers, b'{"test": 2432232315}')


@pytest.mark.parametrize("age", [-299, 0, 299])
def test_a_recent_webhook_is_accepted(age: int) -> None:
    """Deliveries take time, and clocks differ: five minutes are allowed."""
    headers, body = CLERK.webhook("session.ended", {}, sent_at=NOW - age)
    assert WEBHOOKS.read(headers, body) is None


@pytest.mark.parametrize("age", [-301, 301, 86_400])
def test_an_old_or_future_webhook_is_refused(age: int) -> None:
    """A delivery that was recorded cannot be played again later."""
    headers, body = CLERK.webhook("session.ended", {}, sent_at=NOW - age)
    with pytest.raises(InvalidWebhook):
        WEBHOOKS.read(headers, body)


SIGNATURE = HEADERS["svix-signature"]
OTHER_SIGNATURE = signed_headers(b"{}", sent_at=NOW)["svix-signature"]


@pytest.mark.parametrize(
    "changed",
    [
        {"svix-signature": f"{OTHER_SIGNATURE} {SIGNATURE}"},
        {"svix-signature": f"v1a,AAAA {SIGNATURE} nonsense"},
        {"webhook-id": "msg_2"},
    ],
    ids=["several signatures", "other versions", "other headers"],
)
def test_one_matching_signature_is_enough(changed: dict[str, str]) -> None:
    """While the secret is replaced there are two signatures, and later versions may be added."""
    assert WEBHOOKS.read(HEADERS | changed, BODY) == DELETED


def test_the_names_of_headers_are_read_in_any_case() -> None:
    """Servers hand headers on as they like."""
    assert WEBHOOKS.read({name.title(): value for name, value in HEADERS.items()}, BODY) == DELETED


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({"svix-id": ""}, BODY),
        ({"svix-id": "msg_2"}, BODY),
        ({"svix-timestamp": ""}, BODY),
        ({"svix-timestamp": str(NOW + 1)}, BODY),
        ({"svix-timestamp": f"{NOW}.0"}, BODY),
        ({"svix-timestamp": "nan"}, BODY),
        ({"svix-timestamp": "9" * 11}, BODY),
        ({"svix-timestamp": "9" * 5000}, BODY),
        ({"svix-timestamp": "\u0661" * 10}, BODY),
        ({"svix-signature": ""}, BODY),
        ({"svix-signature": " "}, BODY),
        ({"svix-signature": "v1"}, BODY),
        ({"svix-signature": "v1,"}, BODY),
        ({"svix-signature": "v1,\u00e9 v1,=,"}, BODY),
        ({"svix-signature": SIGNATURE.removeprefix("v1,")}, BODY),
        ({"svix-signature": "v2" + SIGNATURE.removeprefix("v1")}, BODY),
        ({"svix-signature": OTHER_SIGNATURE}, BODY),
        ({"svix-signature": " ".join([OTHER_SIGNATURE] * 1000 + [SIGNATURE])}, BODY),
        ({"Svix-Signature": SIGNATURE}, BODY),
        ({}, BODY + b" "),
        ({}, b""),
        ({}, b"\xff"),
    ],
    ids=[
        "no id", "another id", "no time", "another time", "fraction", "not a number", "year 5138", "endless",
        "other digits", "no signature", "blank", "no comma", "nothing after it", "not ASCII", "no version",
        "v2", "another body's", "a thousand", "twice", "longer body", "no body", "not UTF-8",
    ],
)  # fmt: skip
def test_a_webhook_that_is_not_genuine_is_refused(changed: dict[str, str], body: bytes) -> None:
    """Empty, missing and odd headers are refused like wrong ones (CVE-2025-53548)."""
    with pytest.raises(InvalidWebhook):
        WEBHOOKS.read(HEADERS | changed, body)


@pytest.mark.parametrize("missing", ["svix-id", "svix-timestamp", "svix-signature"])
def test_a_webhook_without_one_of_the_headers_is_refused(missing: str) -> None:
    """All three are needed."""
    with pytest.raises(InvalidWebhook):
        WEBHOOKS.read({name: value for name, value in HEADERS.items() if name != missing}, BODY)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_=", "whsec_!!!!", "whsec_\u00e9"])
def test_a_secret_that_cannot_sign_stops_the_start(secret: str) -> None:
    """An empty key would be one that everybody knows."""
    with pytest.raises(SettingsError, match="CLERK_WEBHOOK_SECRET"):
        ClerkWebhooks(secret)


def changed(**overrides: Any) -> UserChanged:
    event = WEBHOOKS.read(*CLERK.webhook("user.updated", CLERK.user(1, **overrides)))
    assert isinstance(event, UserChanged)
    return event


def test_a_change_carries_the_person_as_clerk_knows_them() -> None:
    """Id, verified primary address in lower case, whole name, and the time to the millisecond."""
    event = changed(email="Ada@Example.com", updated_at=1_799_999_999_123)
    assert (event.clerk_user_id, event.email, event.name) == (user_id(1), "ada@example.com", "Ada Lovelace")
    assert event.updated_at.isoformat() == "2027-01-15T07:59:59.123000+00:00"


@pytest.mark.parametrize(
    "overrides",
    [
        {"status": "unverified"},
        {"email_addresses": [{"id": "idn_1", "email_address": "a@example.com", "verification": None}]},
        {"primary_email_address_id": None},
        {"primary_email_address_id": "idn_2"},
        {"email": None},
        {"email": "no address"},
        {"email": f"{'a' * 320}@example.com"},
    ],
    ids=["unverified", "no verification", "no primary", "another primary", "none", "not one", "too long"],
)
def test_only_a_verified_primary_address_counts(overrides: dict[str, Any]) -> None:
    """An address that nobody has proved is no address (CVE-2026-23478)."""
    assert changed(**overrides).email is None


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        (None, None, None),
        ("", " ", None),
        ("Ada", None, "Ada"),
        (" Ada\x00\r\n", "Love\x00lace ", "Ada Lovelace"),
        ("x" * 300, None, "x" * 200),
        ("\u0645\u06cc\u200c\u062e\u0648", None, "\u0645\u06cc\u200c\u062e\u0648"),
    ],
    ids=["none", "blank", "first", "control characters", "long", "joiner"],
)  # fmt: skip
def test_a_name_is_one_clean_line(first: str | None, last: str | None, name: str | None) -> None:
    """Names end up in mail headers and pages: one line, at most 200 characters, letters joined as written."""
    assert changed(first_name=first, last_name=last).name == name


ODD_USERS: list[dict[str, Any]] = [
    {"id": None},
    {"id": "a b"},
    {"id": "local_1"},
    {"id": "x" * 1000},
    {"updated_at": None},
    {"updated_at": "now"},
    {"updated_at": 10**30},
    {"updated_at": -(10**18)},
    {"first_name": 1},
    {"email_addresses": {}},
]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"type": 1}',
        b'{"type": "user.updated"}',
        b'{"type": "user.updated", "data": []}',
        *(json.dumps({"type": "user.updated", "data": CLERK.user(1) | odd}).encode() for odd in ODD_USERS),
        b'{"type": "user.deleted", "data": {"deleted": true}}',
        b'{"type": "user.deleted", "data": {"id": ""}}',
        b'{"type": "user.updated", "data": ' + b"[" * 100_000,
    ],
    ids=lambda body: body.decode()[:40] + str(len(body)),
)
def test_an_event_of_another_shape_is_refused(body: bytes) -> None:
    """A genuine delivery that is not as documented is told to the sender, and never fails inside."""
    with pytest.raises(InvalidWebhook):
        read_event(body)
