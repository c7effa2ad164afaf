"""What happens in the room of an invitee. Each use case is one transaction.

What depends on the room's state locks the invitee first, then seats, then participants: always in this order.
"""

import msgspec

from qwalo.calls import chat, participation, records, repository
from qwalo.calls.messages import Quality
from qwalo.calls.models import (
    INVITEE,
    MAX_HOSTS,
    MAX_SEATS,
    RETURN_WITHIN,
    EndReason,
    Entry,
    Snapshot,
)
from qwalo.calls.refusals import CallEnded, Declined, Malformed, NotAuthorised, Replaced, RoomFull, RoomGone
from qwalo.events.models import SYSTEM, Actor, Event, EventType
from qwalo.events.recording import record
from qwalo.invitees import joining
from qwalo.invitees.errors import LinkNotValid
from qwalo.invitees.models import Status
from qwalo.invitees.service import advance
from qwalo.platform.db.pool import Connection
from qwalo.platform.jobs.queue import defer

# The job that ends a call to which nobody has come back.
END_ABANDONED = "calls.end_abandoned"


async def enter(
    conn: Connection, entry: Entry, load: str, connection: str, server: str, *, again: bool = False
) -> tuple[str, Entry]:
    """Take the person's seat: (its id, the entry as it is known from now on). An invitee who comes has accepted.

    A page that connects `again` by itself does not take the seat from another page, to which the person has moved.

    Raises:
        Refused: the room is not open to them (any more).
    """
    if entry.link_version is not None:
        entry = await _accept(conn, entry, entry.link_version)
    if await _lock(conn, entry.invitee_id) == "completed":
        raise CallEnded
    room_id = await repository.unscoped_make_room(conn, entry.invitee_id)
    room = await find_room(conn, entry.invitee_id)
    if entry.role == "invitee" and room.declined:
        raise Declined
    if again and await repository.unscoped_find_load(conn, room_id, entry.holder) != load:
        raise Replaced
    # The call is for a host and the invitee, who find a place in any case.
    others, hosts = await repository.unscoped_count_others(conn, room_id, entry.holder)
    if (entry.role == "observer" and others >= MAX_SEATS) or (entry.role == "host" and hosts >= MAX_HOSTS):
        raise RoomFull
    seat_id = await repository.unscoped_take_seat(conn, room_id, entry, load, connection, server, RETURN_WITHIN)
    await _begin_or_join_call(conn, actor_of_entry(entry), entry.invitee_id, seat_id)
    return seat_id, entry


async def leave(conn: Connection, invitee_id: str, seat_id: str, connection: str, *, on_purpose: bool) -> None:
    """The person's socket is gone. When everybody's is, the call ends soon unless somebody comes back."""
    if await repository.unscoped_lock(conn, invitee_id) is None:
        return
    if not await repository.unscoped_leave_seat(conn, seat_id, connection, on_purpose=on_purpose):
        return
    await participation.unscoped_note_left(conn, seat_id)
    room = await find_room(conn, invitee_id)
    if room.call_id is not None and not _talking(room):
        await defer(conn, END_ABANDONED, after=RETURN_WITHIN, invitee_id=invitee_id)


async def admit(conn: Connection, actor: Actor, invitee_id: str) -> None:
    """The host lets the invitee in, now and whenever they come back; also after having declined.

    Raises CallEnded, RoomGone.
    """
    if await _lock(conn, invitee_id) == "completed":
        raise CallEnded
    await repository.unscoped_admit(conn, await repository.unscoped_make_room(conn, invitee_id))
    await _begin_or_join_call(conn, actor, invitee_id, None)


async def decline(conn: Connection, invitee_id: str) -> None:
    """The host does not let the invitee in, who is sent away unless they are in already. Raises RoomGone."""
    await _lock(conn, invitee_id)
    room = await find_room(conn, invitee_id)
    if not room.admitted:
        await repository.unscoped_decline(conn, room.room_id)


async def end(conn: Connection, actor: Actor, invitee_id: str, reason: EndReason) -> None:
    """The open call ends, and with it the interview: the invitee has completed it. Without a call nothing changes.

    Raises RoomGone.
    """
    status = await _lock(conn, invitee_id)
    call_id = await participation.unscoped_end_call(conn, invitee_id, reason)
    if call_id is not None:
        await _record(conn, actor, "call.ended", call_id)
        await advance(conn, actor, invitee_id, status, "completed")


async def end_if_abandoned(conn: Connection, invitee_id: str) -> None:
    """End a call that everybody left more than two minutes ago, or whose invitee was completed in another way.

    Raises RoomGone.
    """
    status = await _lock(conn, invitee_id)
    room = await find_room(conn, invitee_id)
    if status == "completed":
        await end(conn, SYSTEM, invitee_id, "interview_completed")
    elif not any(seat.role != "observer" and (seat.connection or seat.lost_recently) for seat in room.seats):
        await end(conn, SYSTEM, invitee_id, "all_left")


async def write(conn: Connection, entry: Entry, seat_id: str, key: str, text: str) -> None:
    """To the chat. Raises RoomGone, and Malformed for an invitee who is not admitted."""
    await _lock(conn, entry.invitee_id)
    if entry.role == "invitee" and not (await find_room(conn, entry.invitee_id)).admitted:
        raise Malformed("A text came before the host has let you in.")
    await chat.unscoped_insert_message(conn, seat_id, key, text)


async def remove_observer(conn: Connection, invitee_id: str, seat_id: str) -> None:
    """Send an observer out, who cannot come back. Raises RoomGone."""
    room = await find_room(conn, invitee_id)
    await repository.unscoped_remove_observer(conn, room.room_id, seat_id)


async def add_observer(conn: Connection, invitee_id: str, user_id: str) -> None:
    """Let a user watch from now on, unless the host has sent them out before. Raises RoomGone, CallEnded."""
    if await _lock(conn, invitee_id) == "completed":
        raise CallEnded
    await repository.unscoped_add_observer(conn, await repository.unscoped_make_room(conn, invitee_id), user_id)


async def note_quality(conn: Connection, seat_id: str, quality: Quality) -> None:
    await participation.unscoped_insert_quality(conn, seat_id, quality)


async def find_room(conn: Connection, invitee_id: str) -> Snapshot:
    """Raises RoomGone."""
    room = await repository.unscoped_find_room(conn, invitee_id, RETURN_WITHIN)
    if room is None:
        raise RoomGone
    return room


async def _accept(conn: Connection, entry: Entry, link_version: int) -> Entry:
    """The link is looked at again, in the transaction in which it is used."""
    try:
        welcome = await joining.accept(conn, await joining.open_seat(conn, entry.invitee_id, link_version), entry.name)
    except LinkNotValid as error:
        raise NotAuthorised from error
    return msgspec.structs.replace(entry, name=entry.name or welcome.name or "Guest")


async def _lock(conn: Connection, invitee_id: str) -> Status:
    status = await repository.unscoped_lock(conn, invitee_id)
    if status is None:
        raise RoomGone
    return status


async def _begin_or_join_call(conn: Connection, actor: Actor, invitee_id: str, seat_id: str | None) -> None:
    """A call begins when host and invitee are both there and the invitee is admitted."""
    room = await find_room(conn, invitee_id)
    if room.call_id is None:
        if room.admitted and {"host", "invitee"} <= _roles(room):
            call_id = await participation.unscoped_begin_call(conn, room.room_id, invitee_id)
            await _record(conn, actor, "call.started", call_id)
    elif seat_id is not None:
        await participation.unscoped_note_joined(conn, room.call_id, seat_id)


async def _record(conn: Connection, actor: Actor, event: EventType, call_id: str) -> None:
    found = await records.unscoped_find_call(conn, call_id)
    if found is not None:
        workspace_id, held = found
        data = {"workspaceId": workspace_id, "call": msgspec.to_builtins(held.call)}
        await record(conn, actor, Event(event, workspace_id, call_id, held.invitee, data))


def actor_of_entry(entry: Entry) -> Actor:
    if entry.role == INVITEE:
        return Actor("invitee", entry.invitee_id, entry.name)
    return Actor("user", entry.user_id)


def _talking(room: Snapshot) -> bool:
    return bool(_roles(room) & {"host", INVITEE})


def _roles(room: Snapshot) -> set[str]:
    return {seat.role for seat in room.seats if seat.connection is not None}
