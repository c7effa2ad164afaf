"""What can go wrong on the way to what is in a workspace.

An interview that cannot be found is here, and not in `interviews`, because interviews carry their invitees and
invitees look for their interview: both may import this, and neither the other way round.
"""

from qwalo.platform.http.problems import Conflict, NotFound, Problem
from qwalo.workspaces.roles import ROLES, Action, Role, may


class WorkspaceNotFound(NotFound):
    """There is no such workspace among those that the caller may see."""

    code = "workspace-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such workspace, or it is not yours.")


class InterviewNotFound(NotFound):
    """There is no such interview in a workspace that the caller may see."""

    code = "interview-not-found"

    def __init__(self) -> None:
        super().__init__("There is no such interview in this workspace, or it is not yours.")


class OrganizationNameFollows(Conflict):
    """The workspace belongs to an organization at the identity provider, and is named by it."""

    code = "organization-name-follows"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"This workspace belongs to the organization {name}, whose name it shows: rename the organization where you"
            " sign in, and the workspace follows. Here, send the name as it is, or none."
        )


class NotAllowed(Problem):
    """The caller's role in the workspace does not go so far."""

    status = 403
    code = "not-allowed"
    title = "Not allowed"

    def __init__(self, action: Action, role: Role) -> None:
        *others, last = [one for one in ROLES if may(one, action)]
        who = f"{', '.join(others)} or {last}" if others else last
        super().__init__(
            f"Your role here is {role}, so you may not {action.value}. Ask for the role {who}, or have it done by one."
        )


class KeyNotAllowed(NotAllowed):
    """The scope of the API key does not go so far."""

    def __init__(self, action: Action) -> None:
        # A key can be a member at most (docs/decisions/0014).
        Problem.__init__(
            self,
            f"The scope of this API key is read, so it may not {action.value}: use a key with the scope write."
            if may("member", action)
            else f"An API key may not {action.value}: sign in as a person who may.",
        )


class RoleWasHigher(Problem):
    """An answer that was kept is not told to somebody whose role is lower by now."""

    status = 403
    code = "not-allowed"
    title = "Not allowed"

    def __init__(self) -> None:
        super().__init__("Your role here is lower than when this was answered, so the answer is not told again.")
