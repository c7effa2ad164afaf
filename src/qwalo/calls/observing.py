"""Links by which a host lets a signed-in colleague watch."""

from itsdangerous import BadSignature, URLSafeSerializer


class ObserverLinks:
    """A link names the room, and whoever is signed in and agrees there may watch, until the host sends them out."""

    def __init__(self, secret_key: str, public_url: str) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt="qwalo observer")
        self._public_url = public_url

    def link(self, invitee_id: str) -> str:
        return f"{self._public_url}/observe/{self._serializer.dumps(invitee_id)}"

    def invitee_of(self, token: str) -> str | None:
        """The invitee whose room the link with this token is for; None when it is not ours."""
        try:
            return str(self._serializer.loads(token))
        except BadSignature:
            return None
