"""Sessions of Clerk as an `Authenticator`: the token is verified, and its person is a user of ours from then on."""

import time
from datetime import UTC, datetime

import msgspec

from qwalo.identity import repository
from qwalo.identity.clerk.browser import ClerkBrowser
from qwalo.identity.clerk.tokens import SKEW_SECONDS, ActiveOrganization, Claims, ClerkTokens
from qwalo.identity.errors import NotSignedIn
from qwalo.identity.models import Viewer
from qwalo.identity.syncing import Organizations
from qwalo.platform.db.pool import Database

# A known person is looked up again after this time. One who is deleted meanwhile has no rows left to see.
KNOWN_SECONDS = 60.0
MAX_KNOWN = 20_000

# Who switches to another organization, or has another role in it, is looked up again at once.
_Key = tuple[str, ActiveOrganization | None]


class _Known(msgspec.Struct, frozen=True):
    until: float
    user_id: str
    organization_id: str | None


class ClerkSessions:
    """Implements `Authenticator`."""

    def __init__(self, tokens: ClerkTokens, browser: ClerkBrowser, db: Database, organizations: Organizations) -> None:
        self._tokens = tokens
        self._cookie_names = browser.cookie_names()
        self._db = db
        self._organizations = organizations
        self._known: dict[_Key, _Known] = {}

    async def recognise(self, token: str) -> Viewer:
        """Raises NotSignedIn, IdentityProviderUnavailable."""
        return await self.viewer_of(await self._tokens.verify(token))

    async def viewer_of(self, claims: Claims) -> Viewer:
        """Raises NotSignedIn for a person whom Clerk has deleted."""
        known = self._known.get((claims.sub, claims.organization))
        if known is None or known.until < time.monotonic():
            known = await self._look_up(claims)
        return Viewer(id=known.user_id, session=claims.sid, organization_id=known.organization_id)

    def cookie_names(self) -> tuple[str, ...]:
        return self._cookie_names

    async def _look_up(self, claims: Claims) -> _Known:
        key = (claims.sub, claims.organization)
        organization_id = None
        async with self._db.connection() as conn:
            user_id = await repository.unscoped_sign_in_clerk_user(conn, claims.sub, claims.email, claims.name)
            if user_id is None:
                self._known.pop(key, None)
                raise NotSignedIn
            if claims.organization is not None:
                # The earliest by our clock: Clerk's may be ahead by as much.
                made_at = datetime.fromtimestamp(claims.iat - SKEW_SECONDS, UTC)
                organization_id = await self._organizations.enter(conn, claims.sub, claims.organization, made_at)
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        known = _Known(time.monotonic() + KNOWN_SECONDS, user_id, organization_id)
        self._known[key] = known
        return known
