"""Clerk's events about organizations and who is in them.

Shapes: https://clerk.com/docs/guides/development/webhooks/overview. The event of a membership that has ended carries
the whole membership as it was, and its `updated_at` may be that of its last change, not of its end.
"""

from datetime import datetime

import msgspec

from qwalo.identity.clerk.fields import ClerkId, ClerkRole, moment, role_name, shown_name

ORGANIZATION_EVENTS = frozenset(
    {
        *("organization.created", "organization.updated", "organization.deleted"),
        *("organizationMembership.created", "organizationMembership.updated", "organizationMembership.deleted"),
    }
)


class OrganizationChanged(msgspec.Struct, frozen=True, tag=True):
    """An organization as Clerk knew it at `updated_at`."""

    clerk_org_id: str
    name: str
    updated_at: datetime


class OrganizationDeleted(msgspec.Struct, frozen=True, tag=True):
    clerk_org_id: str


class MembershipChanged(msgspec.Struct, frozen=True, tag=True):
    """A person's place in an organization at `updated_at`. `role` is without Clerk's `org:`.

    `organization` is what the event tells of the organization besides, where it tells enough.
    """

    clerk_org_id: str
    clerk_user_id: str
    role: str
    updated_at: datetime
    organization: OrganizationChanged | None = None


class MembershipEnded(msgspec.Struct, frozen=True, tag=True):
    """The membership that was last changed at `updated_at`, or then, is over."""

    clerk_org_id: str
    clerk_user_id: str
    role: str
    updated_at: datetime


OrganizationEvent = OrganizationChanged | OrganizationDeleted | MembershipChanged | MembershipEnded


class _Organization(msgspec.Struct):
    id: ClerkId
    name: str
    updated_at: int


class _DeletedOrganization(msgspec.Struct):
    id: ClerkId


class _OrganizationOfMember(msgspec.Struct):
    id: ClerkId
    name: str | None = None
    updated_at: int | None = None


class _Person(msgspec.Struct):
    user_id: ClerkId


class _Membership(msgspec.Struct):
    role: ClerkRole
    updated_at: int
    organization: _OrganizationOfMember
    public_user_data: _Person


def read_organization_event(kind: str, data: msgspec.Raw) -> OrganizationEvent:
    """The event of one of the types in ORGANIZATION_EVENTS.

    Raises:
        msgspec.MsgspecError, ValueError, OverflowError: it does not have the shape that Clerk documents.
    """
    match kind:
        case "organization.created" | "organization.updated":
            return _organization(msgspec.json.decode(data, type=_Organization))
        case "organization.deleted":
            return OrganizationDeleted(msgspec.json.decode(data, type=_DeletedOrganization).id)
        case "organizationMembership.deleted":
            return _ended(msgspec.json.decode(data, type=_Membership))
        case _:
            return _changed(msgspec.json.decode(data, type=_Membership))


def _organization(organization: _Organization) -> OrganizationChanged:
    name = shown_name(organization.name)
    if name is None:
        raise ValueError("An organization must have a name.")
    return OrganizationChanged(organization.id, name, moment(organization.updated_at))


def _changed(membership: _Membership) -> MembershipChanged:
    told = membership.organization
    known = None
    if told.name is not None and told.updated_at is not None:
        known = _organization(_Organization(told.id, told.name, told.updated_at))
    return MembershipChanged(
        clerk_org_id=told.id,
        clerk_user_id=membership.public_user_data.user_id,
        role=role_name(membership.role),
        updated_at=moment(membership.updated_at),
        organization=known,
    )


def _ended(membership: _Membership) -> MembershipEnded:
    return MembershipEnded(
        clerk_org_id=membership.organization.id,
        clerk_user_id=membership.public_user_data.user_id,
        role=role_name(membership.role),
        updated_at=moment(membership.updated_at),
    )
