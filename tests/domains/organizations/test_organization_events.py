"""What Clerk's webhooks about organizations tell, and which of them are refused (security.md, G5)."""

import json
from typing import Any

import pytest

from qwalo.identity.clerk.events import ClerkEvent, ClerkWebhooks, InvalidWebhook
from qwalo.identity.clerk.organization_events import (
    MembershipChanged,
    MembershipEnded,
    OrganizationChanged,
    OrganizationDeleted,
)
from tests.clerk import WEBHOOK_SECRET, ClerkStandIn, signed_headers, user_id

NOW = 1_800_000_000
MOMENT = NOW * 1000 - 877
CLERK = ClerkStandIn(now=lambda: NOW)
WEBHOOKS = ClerkWebhooks(WEBHOOK_SECRET, now=lambda: NOW)
ORGANIZATION = CLERK.organization("org_1", "Acme", updated_at=MOMENT)
MEMBERSHIP = CLERK.membership("org_1", 1, "org:admin", updated_at=MOMENT)


def read(kind: str, data: Any) -> ClerkEvent | None:
    return WEBHOOKS.read(*CLERK.webhook(kind, data))


@pytest.mark.parametrize("kind", ["organization.created", "organization.updated"])
def test_an_organization_is_read(kind: str) -> None:
    """Its id, its name on one line, and the time to the millisecond."""
    event = read(kind, ORGANIZATION | {"name": " Acme\x00\n Inc "})
    assert isinstance(event, OrganizationChanged)
    assert (event.clerk_org_id, event.name) == ("org_1", "Acme Inc")
    assert event.updated_at.isoformat() == "2027-01-15T07:59:59.123000+00:00"


def test_a_deleted_organization_is_read() -> None:
    """Only its id is there."""
    data = {"object": "organization", "id": "org_1", "slug": "acme", "deleted": True}
    assert read("organization.deleted", data) == OrganizationDeleted("org_1")


@pytest.mark.parametrize("kind", ["organizationMembership.created", "organizationMembership.updated"])
def test_a_membership_is_read(kind: str) -> None:
    """Who, where, in which role without its prefix, and what is told of the organization besides."""
    event = read(kind, MEMBERSHIP)
    assert isinstance(event, MembershipChanged)
    assert (event.clerk_org_id, event.clerk_user_id, event.role) == ("org_1", user_id(1), "admin")
    assert event.organization == OrganizationChanged("org_1", "Acme", event.updated_at)


def test_a_membership_need_not_tell_of_its_organization() -> None:
    """An id is enough: the rest comes with the organization's own event."""
    event = read("organizationMembership.created", MEMBERSHIP | {"organization": {"id": "org_1"}})
    assert isinstance(event, MembershipChanged)
    assert event.organization is None


def test_an_ended_membership_is_read() -> None:
    """The whole membership is sent, as it was."""
    event = read("organizationMembership.deleted", MEMBERSHIP)
    assert isinstance(event, MembershipEnded)
    assert (event.clerk_org_id, event.clerk_user_id) == ("org_1", user_id(1))


@pytest.mark.parametrize("kind", ["organizationInvitation.created", "organizationDomain.created", "organization"])
def test_other_events_about_organizations_are_left_alone(kind: str) -> None:
    """They concern nobody here."""
    assert read(kind, {}) is None


ODD_ORGANIZATIONS: list[dict[str, Any]] = [
    {"id": None},
    {"id": ""},
    {"id": "org 1"},
    {"id": "org_1\n"},
    {"id": "x" * 129},
    {"name": None},
    {"name": ""},
    {"name": " \x00"},
    {"name": ["Acme"]},
    {"updated_at": None},
    {"updated_at": "now"},
    {"updated_at": 10**30},
]
ODD_MEMBERSHIPS: list[dict[str, Any]] = [
    {"role": None},
    {"role": ""},
    {"role": "org:"},
    {"role": "org:admin\n"},
    {"role": ["org:admin"]},
    {"updated_at": None},
    {"updated_at": -(10**18)},
    {"organization": None},
    {"organization": {}},
    {"organization": "org_1"},
    {"organization": ORGANIZATION | {"id": "local_1"}},
    {"organization": ORGANIZATION | {"name": 1}},
    {"organization": ORGANIZATION | {"updated_at": 10**30}},
    {"public_user_data": None},
    {"public_user_data": {}},
    {"public_user_data": {"user_id": "local_1"}},
    {"public_user_data": {"user_id": "user_1\x00"}},
]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        *(("organization.updated", ORGANIZATION | odd) for odd in ODD_ORGANIZATIONS),
        *(("organizationMembership.created", MEMBERSHIP | odd) for odd in ODD_MEMBERSHIPS),
        ("organizationMembership.deleted", {"id": "orgmem_1", "deleted": True}),
        ("organization.deleted", {"deleted": True}),
        ("organization.deleted", {"id": "org 1", "deleted": True}),
        ("organization.created", []),
    ],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value)[-40:],
)
def test_an_event_of_another_shape_is_refused(kind: str, data: Any) -> None:
    """A genuine delivery that is not as documented is told to the sender, and never fails inside."""
    with pytest.raises(InvalidWebhook):
        read(kind, data)


def test_an_event_that_is_not_signed_is_refused() -> None:
    """Nobody but Clerk puts people into organizations."""
    headers, body = CLERK.webhook("organizationMembership.created", MEMBERSHIP)
    forged = body.replace(b"org:admin", b"org:owner")
    assert forged != body
    with pytest.raises(InvalidWebhook):
        WEBHOOKS.read(headers, forged)
    with pytest.raises(InvalidWebhook):
        WEBHOOKS.read(signed_headers(body, sent_at=NOW - 301), body)
