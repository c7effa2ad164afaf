"""What can go wrong with members and their invitations."""

from qwalo.platform.http.problems import Conflict, NotFound, Problem, TooManyRequests


class MemberNotFound(NotFound):
    """There is no such member of a workspace that the caller may see."""

    code = "member-not-found"
    title = "This member is not there"

    def __init__(self) -> None:
        super().__init__("There is no such member of this workspace: they may have left, or been removed.")


class AlreadyInvited(Conflict):
    """The address has an invitation to this workspace already."""

    code = "member-already-invited"
    title = "Already invited"

    def __init__(self, email: str) -> None:
        super().__init__(
            f"{email} is already invited to this workspace: send the invitation again, or change its role, instead."
        )


class AlreadyMember(Conflict):
    """The address is that of a member."""

    code = "already-member"
    title = "Already a member"

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} is a member of this workspace already: change their role instead.")


class HasJoined(Conflict):
    """There is nothing to send: the person has accepted."""

    code = "member-has-joined"
    title = "Already joined"

    def __init__(self) -> None:
        super().__init__("They have joined this workspace already, so there is no invitation to send.")


class TooManyInvitations(Conflict):
    """A workspace has a bounded number of invitations that nobody has accepted yet."""

    code = "too-many-invitations"
    title = "Too many invitations"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"This workspace has {most} invitations that nobody has accepted yet, which is the most: revoke some first."
        )


class InvitedTooOften(TooManyRequests):
    """The same invitation was sent again often enough for a while: nobody's mailbox is filled by us."""

    code = "member-invited-too-often"
    title = "Sent too often"

    def __init__(self, said: str, retry_after: int) -> None:
        hours = -(-retry_after // 3600)
        when = f"{retry_after} seconds" if retry_after < 120 else f"{hours} hours" if hours > 1 else "an hour"
        Problem.__init__(
            self, f"{said}: wait {when}. If they do not get it, ask them to look for it in their spam folder."
        )
        self.headers["Retry-After"] = str(retry_after)


class NotJoinedYet(Conflict):
    """An invitation cannot be made an owner."""

    code = "member-not-joined"
    title = "Not joined yet"

    def __init__(self) -> None:
        super().__init__("They have not accepted their invitation yet: make them owner once they have joined.")


class LastOwner(Conflict):
    """Without this owner the workspace would have none."""

    code = "last-owner"
    title = "A workspace needs an owner"

    def __init__(self) -> None:
        super().__init__(
            "This is the only owner of the workspace: make somebody else owner first, or delete the workspace."
        )


class OwnerAlready(Conflict):
    """The ownership would be passed on to oneself."""

    code = "owner-already"
    title = "Already yours"

    def __init__(self) -> None:
        super().__init__("You are an owner of this workspace yourself: name the member who shall be it instead of you.")


class ManagedByOrganization(Conflict):
    """The membership follows from an organization of the identity provider."""

    code = "managed-by-organization"
    title = "Managed by the organization"

    def __init__(self) -> None:
        super().__init__("This membership follows from the organization: change the role, or remove the person, there.")


class OnlyOwners(Problem):
    """An owner is changed, removed or made, and the caller is none."""

    status = 403
    code = "only-owners"
    title = "Only owners may do this"

    def __init__(self) -> None:
        super().__init__(
            "Only an owner of the workspace may make somebody owner, or change or remove an owner: ask one of them."
        )


class MembershipLinkNotValid(NotFound):
    """No invitation is behind this link: unknown, expired, revoked and accepted ones are told apart for nobody."""

    code = "membership-link-not-valid"
    title = "This invitation does not work"

    def __init__(self) -> None:
        super().__init__(
            "The link may have expired, been withdrawn, or been used already. If you have joined, the workspace is in "
            "your dashboard. Otherwise open the link in the invitation once more, or ask for a new invitation."
        )
        # The address is a credential, for all that this answer knows.
        self.headers["Referrer-Policy"] = "no-referrer"


class InvitationForAnother(Problem):
    """The caller's verified address is not the one that was invited."""

    status = 403
    code = "invitation-for-another"
    title = "This invitation is for another address"

    def __init__(self, email: str) -> None:
        super().__init__(
            f"This invitation is for {email}, and your account has another address, or none that is verified: "
            "sign in with that address, or ask for an invitation to yours."
        )
        self.headers["Referrer-Policy"] = "no-referrer"
