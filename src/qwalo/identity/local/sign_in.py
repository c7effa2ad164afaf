"""Use cases of local sign-in: links from the terminal, links by mail, using one."""

from datetime import timedelta

from asyncpg import UniqueViolationError

from qwalo.identity.errors import AddressTaken, SignInLinkNotValid
from qwalo.identity.local import people
from qwalo.identity.local.links import MAIL_LIFETIME, TERMINAL_LIFETIME, SignInLinks
from qwalo.identity.models import User
from qwalo.platform.clock import now
from qwalo.platform.db.pool import Connection
from qwalo.platform.ids import cuid
from qwalo.platform.jobs.queue import defer
from qwalo.platform.tokens import hash_token, looks_like_token

# Nobody's mailbox is filled by somebody who knows the address.
MAX_RECENT_LINKS = 3

SEND_SIGN_IN_LINK = "identity.send_sign_in_link"


async def first_or_new_person(conn: Connection) -> User:
    """The first person of the installation, who is made at the first start."""
    # Two servers may start at once on a new database.
    await people.unscoped_lock_additions(conn)
    return await people.unscoped_first(conn) or await people.unscoped_add(conn, None, None)


async def known_or_new_person(conn: Connection, email: str, name: str | None) -> User:
    """Whoever can use the terminal decides who is known."""
    await people.unscoped_lock_additions(conn)
    return await people.unscoped_find_by_email(conn, email) or await people.unscoped_add(conn, email, name)


async def is_known(conn: Connection, email: str) -> bool:
    """Whether somebody here has this address."""
    return await people.unscoped_find_by_email(conn, email) is not None


async def new_person(conn: Connection, email: str, name: str) -> User:
    """An account for somebody who has just proved that the address is theirs. Raises AddressTaken."""
    await people.unscoped_lock_additions(conn)
    if await is_known(conn, email):
        raise AddressTaken
    return await people.unscoped_add(conn, email, name)


async def terminal_link(conn: Connection, links: SignInLinks, user: User) -> str:
    """The address of a link that signs `user` in once."""
    return links.url(await _new_link(conn, links, user, TERMINAL_LIFETIME))


async def request_link(conn: Connection, links: SignInLinks, email: str) -> None:
    """Mail a link to a known person, unless some are on their way. What happens, the caller cannot tell."""
    user = await people.unscoped_find_by_email(conn, email)
    if user is not None and await people.unscoped_count_recent_links(conn, user.id) < MAX_RECENT_LINKS:
        link_id = await _new_link(conn, links, user, MAIL_LIFETIME)
        await defer(conn, SEND_SIGN_IN_LINK, link_id=link_id)


async def look_at_link(conn: Connection, token: str) -> User:
    """Whom the link would sign in. Raises SignInLinkNotValid."""
    user = await people.unscoped_find_by_link(conn, hash_token(token)) if looks_like_token(token) else None
    if user is None:
        raise SignInLinkNotValid
    return user


async def use_link(conn: Connection, token: str, *, email: str | None = None, name: str | None = None) -> str:
    """Use the link up, and return the id of the person, who may give a name or an address where none is known.

    An address that is known stays: it is proved by the mails that went there, and no other is.

    Raises:
        SignInLinkNotValid: unknown, used or expired.
        AddressTaken: the address is somebody else's; the link is not used up, as the transaction is undone.
    """
    user = await look_at_link(conn, token)
    if await people.unscoped_use_link(conn, hash_token(token)) is None:
        raise SignInLinkNotValid
    if user.name is None and (email or name):
        try:
            await people.unscoped_set_profile(conn, user.id, user.email or email, name)
        except UniqueViolationError as error:
            raise AddressTaken from error
    return user.id


async def _new_link(conn: Connection, links: SignInLinks, user: User, lifetime: timedelta) -> str:
    link_id = cuid()
    await people.unscoped_insert_link(conn, link_id, user.id, links.token_hash(link_id), now() + lifetime)
    return link_id
