"""The JSON API of the caller's own account."""

from litestar import Controller, get

from qwalo.identity import service
from qwalo.identity.authentication import HostRequest
from qwalo.identity.errors import NotForKeys, NotSignedIn
from qwalo.identity.models import User
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, problems
from qwalo.platform.http.marks import FOR_PEOPLE


class AccountController(Controller):
    tags = ("Account",)

    db: Database

    @get(
        "/me",
        summary="Get your own account",
        responses=problems(NotSignedIn, NotForKeys, *READ),
        opt={FOR_PEOPLE: "This is a key, not a person: it has no account of its own."},
    )
    async def get_me(self, request: HostRequest) -> User:
        async with self.db.connection() as conn:
            return await service.get_user(conn, request.user)
