"""What can go wrong with calls."""

from qwalo.platform.http.problems import NotFound


class CallNotFound(NotFound):
    """There is no such call of an interview that the caller may see."""

    code = "call-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such call of this interview, or the interview is not yours.")


class ObserverLinkNotValid(NotFound):
    """The link to watch leads nowhere: it is incomplete, or the interview is over."""

    code = "observer-link-not-valid"
    title = "This link does not work"

    def __init__(self) -> None:
        super().__init__("There is nothing to watch behind this link, or not any more: ask the host for another one.")
