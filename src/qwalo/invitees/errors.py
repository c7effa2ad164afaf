"""What can go wrong with invitees and their links."""

from qwalo.platform.http.problems import Conflict, NotFound


class InviteeNotFound(NotFound):
    """There is no such invitee of an interview that the caller may see."""

    code = "invitee-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such invitee of this interview, or the interview is not yours.")


class InviteeAlreadyInvited(Conflict):
    """The address has an invitation to this interview already."""

    code = "invitee-already-invited"
    title = "Already invited"

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} is already invited to this interview: send the invitation again instead.")


class StatusMovesForward(Conflict):
    """The status would go back."""

    code = "status-moves-forward"
    title = "A status moves forward only"

    def __init__(self, old: str, new: str) -> None:
        super().__init__(f"The invitee is {old} and cannot become {new}: a status moves forward only.")


class InterviewAlreadyHeld(Conflict):
    """The invitee has completed the interview, so there is nothing to invite to."""

    code = "interview-already-held"
    title = "Already completed"

    def __init__(self) -> None:
        super().__init__("The invitee has completed this interview: an invitation would lead nowhere.")


class LinkNotValid(NotFound):
    """No invitation is behind this link: unknown, expired, withdrawn and replaced ones are told apart for nobody."""

    code = "link-not-valid"
    title = "This link does not work"

    def __init__(self) -> None:
        super().__init__(
            "This link does not work: it may have expired, been withdrawn, or been replaced by a newer one. "
            "Look for a newer invitation in your mail, or ask the person who invited you to send it again."
        )
