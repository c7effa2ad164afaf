"""Why a socket is closed: what the page then says, and whether it may connect again, follows from the code."""

from qwalo.calls.messages import Close


class Refused(Exception):
    """The socket is closed with this code and reason (at most 123 bytes, as the protocol allows)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Malformed(Refused):
    """Not a message of the protocol, or one that has no place at this point."""

    def __init__(self, reason: str) -> None:
        super().__init__(Close.MALFORMED, reason)


class NotAuthorised(Refused):
    """There is no credential for this room, or it has ended. What the room is like stays unknown."""

    def __init__(self) -> None:
        super().__init__(Close.NOT_AUTHORISED, "You have no access to this room, or not any more.")


class RoomGone(Refused):
    """The invitee, the interview or the workspace was deleted."""

    def __init__(self) -> None:
        super().__init__(Close.NOT_FOUND, "This interview is not there any more.")


class Declined(Refused):
    """The host does not let this person in, or has sent them out."""

    def __init__(self) -> None:
        super().__init__(Close.DECLINED, "The host has not let you in.")


class CallEnded(Refused):
    """The interview is completed."""

    def __init__(self) -> None:
        super().__init__(Close.ENDED, "The call has ended.")


class RoomFull(Refused):
    """No seat is free."""

    def __init__(self) -> None:
        super().__init__(Close.FULL, "The room is full: somebody has to leave first.")


class Replaced(Refused):
    """The same person has connected again, from another page or once more from this one."""

    def __init__(self) -> None:
        super().__init__(Close.REPLACED, "You have joined from another window.")


class Restarting(Refused):
    """This process stops; the next one takes over."""

    def __init__(self) -> None:
        super().__init__(Close.RESTARTING, "The server restarts: connect again.")
