"""Sessions of Clerk as an `Authenticator`: the token is verified, and its person is a user of ours from then on."""

import time

from qwalo.identity import repository
from qwalo.identity.clerk.browser import ClerkBrowser
from qwalo.identity.clerk.tokens import Claims, ClerkTokens
from qwalo.identity.errors import NotSignedIn
from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Database

# A known person is looked up again after this time. One who is deleted meanwhile has no rows left to see.
KNOWN_SECONDS = 60.0
MAX_KNOWN = 20_000


class ClerkSessions:
    """Implements `Authenticator`."""

    def __init__(self, tokens: ClerkTokens, browser: ClerkBrowser, db: Database) -> None:
        self._tokens = tokens
        self._cookie_names = browser.cookie_names()
        self._db = db
        self._known: dict[str, tuple[float, str]] = {}

    async def recognise(self, token: str) -> Viewer:
        """Raises NotSignedIn, IdentityProviderUnavailable."""
        return await self.viewer_of(await self._tokens.verify(token))

    async def viewer_of(self, claims: Claims) -> Viewer:
        """Raises NotSignedIn for a person whom Clerk has deleted."""
        known = self._known.get(claims.sub)
        if known is None or known[0] < time.monotonic():
            known = await self._look_up(claims)
        return Viewer(id=known[1], session=claims.sid)

    def cookie_names(self) -> tuple[str, ...]:
        return self._cookie_names

    async def _look_up(self, claims: Claims) -> tuple[float, str]:
        async with self._db.connection() as conn:
            user_id = await repository.unscoped_sign_in_clerk_user(conn, claims.sub, claims.email, claims.name)
        if user_id is None:
            self._known.pop(claims.sub, None)
            raise NotSignedIn
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        known = (time.monotonic() + KNOWN_SECONDS, user_id)
        self._known[claims.sub] = known
        return known
