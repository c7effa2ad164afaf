"""What can go wrong where a workspace is shared with an organization."""

from qwalo.platform.http.problems import Conflict


class NoActiveOrganization(Conflict):
    """The viewer's session has no organization, or they have left it."""

    code = "no-active-organization"

    def __init__(self) -> None:
        super().__init__("You have no organization chosen where you sign in: choose one there, and try again.")
