"""Use cases of API keys: those of a workspace are listed, made and revoked by who manages it."""

from typing import Any

import msgspec

from qwalo.api_keys import repository
from qwalo.api_keys.errors import ApiKeyNotFound, TooManyApiKeys
from qwalo.api_keys.keys import hint_of, new_key
from qwalo.api_keys.models import ApiKey, CreatedApiKey
from qwalo.api_keys.schemas import CreateApiKey
from qwalo.events.models import Event, EventType, actor_of
from qwalo.events.recording import record
from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Connection
from qwalo.platform.http.paging import Page, PageRequest, page_of
from qwalo.platform.tokens import hash_token
from qwalo.workspaces.access import allow, look
from qwalo.workspaces.errors import WorkspaceNotFound
from qwalo.workspaces.roles import Action

MAX_LIVE_KEYS = 50


async def list_keys(conn: Connection, viewer: Viewer, workspace_id: str, page: PageRequest) -> Page[ApiKey]:
    """Those that were revoked or have expired among them. Raises WorkspaceNotFound, NotAllowed."""
    await look(conn, viewer, workspace_id, Action.MANAGE)
    return page_of(await repository.list_keys(conn, viewer.id, workspace_id, page), page)


async def get_key(conn: Connection, viewer: Viewer, workspace_id: str, key_id: str) -> ApiKey:
    """Raises ApiKeyNotFound, NotAllowed."""
    await look(conn, viewer, workspace_id, Action.MANAGE, missing=ApiKeyNotFound)
    return await _find(conn, viewer, workspace_id, key_id)


async def create_key(conn: Connection, viewer: Viewer, workspace_id: str, data: CreateApiKey) -> CreatedApiKey:
    """The one time that the key itself is told.

    Raises:
        WorkspaceNotFound, NotAllowed: a key, too, may not make keys.
        TooManyApiKeys: others must be revoked first.
    """
    await allow(conn, viewer, workspace_id, Action.MANAGE)
    if await repository.lock_and_count_live(conn, viewer.id, workspace_id) >= MAX_LIVE_KEYS:
        raise TooManyApiKeys(MAX_LIVE_KEYS)
    text = new_key()
    key_id = await repository.insert_key(
        conn, viewer.id, workspace_id, data.name, data.scope, data.end, hash_token(text), hint_of(text)
    )
    if key_id is None:
        raise WorkspaceNotFound
    made = await _find(conn, viewer, workspace_id, key_id)
    await _record(conn, viewer, "api_key.created", made)
    return CreatedApiKey(**msgspec.structs.asdict(made), key=text)


async def revoke_key(conn: Connection, viewer: Viewer, workspace_id: str, key_id: str) -> ApiKey:
    """It stops working with the commit, and stays in the list. Raises ApiKeyNotFound, NotAllowed."""
    await allow(conn, viewer, workspace_id, Action.MANAGE, missing=ApiKeyNotFound)
    revoked = await repository.revoke_key(conn, viewer.id, workspace_id, key_id)
    key = await _find(conn, viewer, workspace_id, key_id)
    if revoked:
        await _record(conn, viewer, "api_key.revoked", key)
    return key


async def _find(conn: Connection, viewer: Viewer, workspace_id: str, key_id: str) -> ApiKey:
    key = await repository.find_key(conn, viewer.id, workspace_id, key_id)
    if key is None:
        raise ApiKeyNotFound
    return key


async def _record(conn: Connection, viewer: Viewer, event: EventType, key: ApiKey) -> None:
    data: dict[str, Any] = {"apiKey": key}
    await record(conn, actor_of(viewer), Event(event, key.workspaceId, key.id, key.name, data))
