"""What the invitee does: open the personal link, and accept. Looking never changes anything."""

from qwalo.events.models import Actor
from qwalo.invitees import repository, seats
from qwalo.invitees.errors import LinkNotValid
from qwalo.invitees.models import Welcome
from qwalo.invitees.service import advance
from qwalo.platform.db.pool import Connection
from qwalo.platform.tokens import hash_token, looks_like_token


async def open_link(conn: Connection, token: str) -> Welcome:
    """Who invites to what, by the token of a personal link. Raises LinkNotValid."""
    if not looks_like_token(token):
        raise LinkNotValid
    return _valid(await seats.unscoped_find_by_token(conn, hash_token(token)))


async def open_seat(conn: Connection, invitee_id: str, link_version: int) -> Welcome:
    """The same for somebody who opened the link before, as the cookie proves. Raises LinkNotValid."""
    return _valid(await seats.unscoped_find(conn, invitee_id, link_version))


async def accept(conn: Connection, welcome: Welcome, name: str | None = None) -> Welcome:
    """The invitee joins. Again is the same as once; a completed interview stays completed.

    `name` is what they call themselves, which is kept where the host has given none. `welcome` is what `open_link`
    or `open_seat` found in this transaction. Raises LinkNotValid.
    """
    status = await seats.unscoped_lock(conn, welcome.invitee_id, welcome.link_version)
    if status is None:
        raise LinkNotValid
    if status == "pending":
        await advance(conn, as_actor(welcome), welcome.invitee_id, status, "accepted")
    if name and welcome.name is None:
        await repository.unscoped_set_name(conn, welcome.invitee_id, name)
    return await open_seat(conn, welcome.invitee_id, welcome.link_version)


def as_actor(welcome: Welcome) -> Actor:
    """The invitee, as the audit log names them."""
    return Actor("invitee", welcome.invitee_id, welcome.name or welcome.email)


def _valid(welcome: Welcome | None) -> Welcome:
    if welcome is None:
        raise LinkNotValid
    return welcome
