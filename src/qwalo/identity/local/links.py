"""Sign-in links: each works once, and not for long."""

from datetime import timedelta

from qwalo.platform.tokens import DerivedTokens, hash_token

# A link from the terminal waits for the person in front of it, one from a mail only for the mail.
TERMINAL_LIFETIME = timedelta(hours=24)
MAIL_LIFETIME = timedelta(minutes=30)


class SignInLinks:
    """Makes the sign-in links of this installation."""

    def __init__(self, secret_key: str, public_url: str) -> None:
        self._tokens = DerivedTokens(secret_key, "sign-in link")
        self._public_url = public_url

    def url(self, link_id: str) -> str:
        return f"{self._public_url}/sign-in/{self._tokens.token(link_id)}"

    def token_hash(self, link_id: str) -> str:
        return hash_token(self._tokens.token(link_id))
