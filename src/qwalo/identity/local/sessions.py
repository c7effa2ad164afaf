"""Sessions of local sign-in: a signed value that names the person, kept in a cookie."""

import secrets

from itsdangerous import BadSignature, URLSafeTimedSerializer
from litestar.datastructures import Cookie

from qwalo.identity.errors import NotSignedIn
from qwalo.identity.models import Viewer

LIFETIME_SECONDS = 30 * 24 * 3600


class Sessions:
    """Implements `Authenticator`."""

    def __init__(self, secret_key: str, *, secure: bool) -> None:
        self.secure = secure
        self._serializer = URLSafeTimedSerializer(secret_key, salt="qwalo session")
        # The prefix makes browsers refuse the cookie from a sister domain; it demands TLS.
        self.cookie = "__Host-qwalo_session" if secure else "qwalo_session"

    def start(self, user_id: str) -> str:
        """The token of a new session, with a name of its own at every sign-in."""
        return str(self._serializer.dumps([user_id, secrets.token_urlsafe(16)]))

    def cookie_of(self, token: str, max_age: int = LIFETIME_SECONDS) -> Cookie:
        """The cookie that holds `token`. With the age 0 it ends: browsers ask for the same attributes then."""
        return Cookie(
            key=self.cookie,
            value=token,
            max_age=max_age,
            path="/",
            httponly=True,
            secure=self.secure,
            samesite="lax",
        )

    async def recognise(self, token: str) -> Viewer:
        """Raises NotSignedIn."""
        try:
            user_id, session = self._serializer.loads(token, max_age=LIFETIME_SECONDS)
        except (BadSignature, ValueError, TypeError) as error:
            raise NotSignedIn from error
        return Viewer(id=user_id, session=session)

    def cookie_names(self) -> tuple[str, ...]:
        return (self.cookie,)
