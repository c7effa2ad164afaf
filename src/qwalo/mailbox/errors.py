"""What can go wrong with kept mails."""

from qwalo.platform.http.problems import NotFound


class MailNotFound(NotFound):
    """There is no such mail among those of the caller."""

    code = "mail-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such mail in your mailbox.")
