"""API keys as credentials of requests."""

import asyncpg
import structlog

from qwalo.api_keys import repository
from qwalo.api_keys.errors import ApiKeyExpired, ApiKeyNotValid
from qwalo.api_keys.keys import looks_like_key
from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.tokens import hash_token

log = structlog.get_logger()


class ApiKeys:
    """Implements `KeyAuthenticator`. Nothing is kept between requests: what is revoked counts for the next one."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def recognise(self, token: str) -> Viewer:
        """The user of the key as the viewer, its id as the session.

        Raises:
            ApiKeyNotValid: mistyped, unknown or revoked.
            ApiKeyExpired: known, and too old.
        """
        if not looks_like_key(token):
            raise ApiKeyNotValid
        async with self._db.connection() as conn:
            found = await repository.unscoped_find_by_hash(conn, hash_token(token))
            if found is None:
                raise ApiKeyNotValid
            key_id, user_id, revoked, expired, use_is_new = found
            if revoked:
                raise ApiKeyNotValid
            if expired:
                raise ApiKeyExpired
            if use_is_new:
                await self._note_use(conn, key_id)
        return Viewer(id=user_id, session=key_id, kind="api_key")

    async def _note_use(self, conn: Connection, key_id: str) -> None:
        try:
            await repository.unscoped_note_use(conn, key_id)
        except asyncpg.PostgresError:
            # Whoever calls does not need it: the database may be read-only for a while.
            log.warning("The use of an API key could not be noted.", api_key=key_id, exc_info=True)
