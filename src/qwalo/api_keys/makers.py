"""What becomes of the keys that somebody has made: asked where their membership ends, or does not go so far."""

from qwalo.api_keys import repository, service
from qwalo.identity.models import Viewer
from qwalo.platform.db.pool import Connection
from qwalo.workspaces.access import look
from qwalo.workspaces.roles import Action


class KeysOfMakers:
    """A key goes on working without the person who made it (docs/decisions/0014)."""

    async def count(self, conn: Connection, viewer: Viewer, workspace_id: str, maker_id: str) -> int:
        """Of those that work. Raises WorkspaceNotFound, NotAllowed."""
        await look(conn, viewer, workspace_id, Action.MANAGE)
        return len(await repository.list_live_ids(conn, viewer.id, workspace_id, maker_id))

    async def revoke(self, conn: Connection, viewer: Viewer, workspace_id: str, maker_id: str) -> None:
        """All that work, with the commit. Raises WorkspaceNotFound, NotAllowed."""
        for key_id in await repository.list_live_ids(conn, viewer.id, workspace_id, maker_id):
            await service.revoke_key(conn, viewer, workspace_id, key_id)
