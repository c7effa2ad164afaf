"""What each person is told of a room, from one snapshot of it: nobody learns more than their role lets them see."""

from qwalo.calls.messages import OpenCall, Presence, Present, State, Waiting
from qwalo.calls.models import Seat, Snapshot
from qwalo.calls.refusals import CallEnded, Declined, NotAuthorised, Refused, Replaced, Restarting


def is_inside(room: Snapshot, seat: Seat) -> bool:
    """Whether this person takes part, or waits outside."""
    return seat.role != "invitee" or room.admitted


def state_for(room: Snapshot, me: Seat) -> State:
    """The room as the person in the seat `me` sees it, where they may be in it at all."""
    if not is_inside(room, me):
        return State(phase="waiting", now=room.now)
    call = OpenCall(room.call_id, room.call_started_at) if room.call_id and room.call_started_at else None
    return State(
        phase="open",
        now=room.now,
        others=tuple(_present(seat) for seat in room.seats if seat.id != me.id and _is_shown(room, seat)),
        waiting=_waiting(room) if me.role == "host" else None,
        declined=room.declined and me.role == "host",
        call=call,
    )


def refusal_for(room: Snapshot, me: Seat | None, connection: str, link_version: int | None) -> Refused | None:
    """Why the socket `connection` of this person must go, if it must. `link_version` is of the link they came by."""
    if me is None:
        return NotAuthorised()
    if me.connection != connection:
        # Taken for dead with its server, or moved to a newer socket.
        return Restarting() if me.connection is None else Replaced()
    if room.completed:
        return CallEnded()
    if link_version is not None and link_version != room.link_version:
        return NotAuthorised()
    if me.role == "invitee" and room.declined:
        return Declined()
    if not me.allowed:
        return Declined() if me.role == "observer" else NotAuthorised()
    return None


def _is_shown(room: Snapshot, seat: Seat) -> bool:
    return is_inside(room, seat) and seat.allowed and (seat.connection is not None or seat.lost_recently)


def _present(seat: Seat) -> Present:
    return Present(seat.id, seat.load or "", seat.role, seat.name, _presence(seat))


def _presence(seat: Seat) -> Presence:
    if seat.connection is not None:
        return "here"
    return "left" if seat.left else "lost"


def _waiting(room: Snapshot) -> Waiting | None:
    for seat in room.seats:
        if seat.role == "invitee" and seat.connection is not None and not room.admitted and not room.declined:
            return Waiting(seat.id, seat.name, seat.entered_at or room.now)
    return None
