"""What the people in a room do: one message is one transaction."""

import re

from qwalo.calls import service
from qwalo.calls.access import confirm
from qwalo.calls.messages import Admit, Decline, End, FromBrowser, Quality, Remove, Write
from qwalo.calls.models import Entry
from qwalo.calls.refusals import Malformed
from qwalo.platform.db.pool import Connection

# Line breaks and tabs are written by people; the other control characters, and halves of pairs, are not.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


async def act(conn: Connection, entry: Entry, seat_id: str, message: FromBrowser) -> None:
    """Do what somebody in the room asks for, where their role lets them.

    Raises Refused, and a Problem for whose access has ended.
    """
    match message:
        case Quality():
            await service.note_quality(conn, seat_id, message)
        case Write():
            if entry.role == "observer":
                raise Malformed("Observers watch and listen.")
            if _UNWRITABLE.search(message.text) or not message.text.strip():
                raise Malformed("The text has characters that cannot be written, or none at all.")
            await confirm(conn, entry)
            await service.write(conn, entry, seat_id, message.key, message.text)
        case Admit() | Decline() | End() | Remove() if entry.role != "host":
            raise Malformed("Only the host does that.")
        case Admit() | Decline() | End() | Remove():
            await confirm(conn, entry)
            await _act_as_host(conn, entry, message)


async def _act_as_host(conn: Connection, entry: Entry, message: Admit | Decline | End | Remove) -> None:
    match message:
        case Admit():
            await service.admit(conn, service.actor_of_entry(entry), entry.invitee_id)
        case Decline():
            await service.decline(conn, entry.invitee_id)
        case End():
            await service.end(conn, service.actor_of_entry(entry), entry.invitee_id, "host_ended")
        case Remove():
            await service.remove_observer(conn, entry.invitee_id, message.seat)
