"""Use cases of people's accounts."""

from qwalo.identity import repository
from qwalo.identity.errors import NotSignedIn
from qwalo.identity.models import User, Viewer
from qwalo.platform.db.pool import Connection


async def get_user(conn: Connection, viewer: Viewer) -> User:
    """The viewer's own account. Raises NotSignedIn when it was deleted."""
    user = await repository.find_user(conn, viewer.id)
    if user is None:
        raise NotSignedIn
    return user
