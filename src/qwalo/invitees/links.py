"""Personal links of invitees."""

from datetime import timedelta
from typing import NamedTuple

from qwalo.platform.tokens import DerivedTokens, hash_token

# Links work for this long after they were made or sent again.
LIFETIME = timedelta(days=30)


class Links:
    """Makes the links of this installation. A new version of an invitee's link makes the old one worthless."""

    def __init__(self, secret_key: str, public_url: str) -> None:
        self._tokens = DerivedTokens(secret_key, "invite link")
        self._public_url = public_url

    def link(self, invitee_id: str, version: int) -> "Link":
        token = self._tokens.token(invitee_id, version)
        return Link(f"{self._public_url}/i/{token}", hash_token(token))


class Link(NamedTuple):
    """A personal link, and SHA-256 (hex) of its token, which is all that the database holds of it."""

    url: str
    token_hash: str
