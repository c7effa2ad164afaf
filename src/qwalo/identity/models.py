"""People who sign in, and the one who is calling."""

import msgspec


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person who signs in. Times are ISO 8601 UTC."""

    id: str
    clerkUserId: str
    createdAt: str
    updatedAt: str
    email: str | None = None
    name: str | None = None


class Viewer(msgspec.Struct, frozen=True):
    """Who is calling: every row of a tenant is reached through the viewer's id.

    `session` names the session (Clerk's `sid`, or ours), to which form tokens are bound.
    """

    id: str
    session: str
