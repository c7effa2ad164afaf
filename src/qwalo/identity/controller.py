"""The JSON API of the caller's own account."""

from litestar import Controller, get

from qwalo.identity import service
from qwalo.identity.errors import NotSignedIn
from qwalo.identity.models import User, Viewer
from qwalo.platform.db.pool import Database
from qwalo.platform.http.documentation import READ, problems
from qwalo.platform.http.injection import Injected


class AccountController(Controller):
    tags = ("Account",)

    @get("/me", summary="Get your own account", responses=problems(NotSignedIn, *READ))
    async def get_me(self, db: Injected[Database], viewer: Injected[Viewer]) -> User:
        async with db.connection() as conn:
            return await service.get_user(conn, viewer)
