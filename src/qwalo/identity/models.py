"""People who sign in, and the one who is calling."""

from typing import Any, ClassVar, Literal

import msgspec


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person who signs in. Times are ISO 8601 UTC."""

    id: str
    clerkUserId: str
    createdAt: str
    updatedAt: str
    email: str | None = None
    name: str | None = None

    EXAMPLE: ClassVar[dict[str, Any]] = {
        "id": "cm8f3j9d40000v9l6a1b2c3de",
        "clerkUserId": "user_2vXk8mQhT4bR9sLw3nZc7yPd1Fe",
        "createdAt": "2026-03-02T09:12:30.402Z",
        "updatedAt": "2026-03-02T09:12:30.402Z",
        "email": "ana@example.com",
        "name": "Ana Ruiz",
    }


class Viewer(msgspec.Struct, frozen=True):
    """Who is calling: every row of a tenant is reached through the viewer's id.

    `session` names the credential: the session (Clerk's `sid`, or ours), to which form tokens are bound, or the API
    key. A key acts through a user of its own, so that what a key may see is decided where it is for people.
    """

    id: str
    session: str
    kind: Literal["user", "api_key"] = "user"
    organization_id: str | None = None
    """Of the organization that the person has chosen at Clerk. It may be a minute old, so it authorises nothing."""
