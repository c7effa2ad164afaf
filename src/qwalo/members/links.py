"""Links of invitations to a workspace."""

from datetime import timedelta
from typing import NamedTuple

from qwalo.platform.tokens import DerivedTokens, hash_token

# Links work for this long after they were made or sent again.
LIFETIME = timedelta(days=14)


class MembershipLinks:
    """Makes the links of this installation. An invitation has one, also when it is sent again: all mails of it work."""

    def __init__(self, secret_key: str, public_url: str) -> None:
        self._tokens = DerivedTokens(secret_key, "membership link")
        self._public_url = public_url

    def link(self, member_id: str) -> "MembershipLink":
        token = self._tokens.token(member_id)
        return MembershipLink(f"{self._public_url}/memberships/{token}", hash_token(token))


class MembershipLink(NamedTuple):
    """The link of one invitation, and SHA-256 (hex) of its token, which is all that the database holds of it."""

    url: str
    token_hash: str
