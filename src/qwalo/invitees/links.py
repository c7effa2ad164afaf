"""Personal links of invitees."""

from datetime import timedelta

from qwalo.platform.tokens import DerivedTokens, hash_token

# Links work for this long after they were sent.
LIFETIME = timedelta(days=30)


class Links:
    """Makes the links of this installation. A new version of an invitee's link makes the old one worthless."""

    def __init__(self, secret_key: str, public_url: str) -> None:
        self._tokens = DerivedTokens(secret_key, "invite link")
        self._public_url = public_url

    def url(self, invitee_id: str, version: int) -> str:
        return f"{self._public_url}/i/{self._tokens.token(invitee_id, version)}"

    def token_hash(self, invitee_id: str, version: int) -> str:
        """SHA-256 (hex) of the token: all that the database holds of it."""
        return hash_token(self._tokens.token(invitee_id, version))
