"""Links by which a host lets a signed-in person watch who is not in the workspace."""

from typing import NamedTuple

from itsdangerous import BadSignature, URLSafeTimedSerializer

LIFETIME_SECONDS = 7 * 24 * 3600


class ObserverLink(NamedTuple):
    """The room, by its invitee, and the host who made the link."""

    invitee_id: str
    maker_id: str


class ObserverLinks:
    """Whoever is signed in and agrees at a link may watch, until a host sends them out.

    A link works for a week, and for as long as its maker holds interviews in the workspace.
    """

    def __init__(self, secret_key: str, public_url: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret_key, salt="qwalo observer")
        self._public_url = public_url

    def link(self, invitee_id: str, maker_id: str) -> str:
        return f"{self._public_url}/observe/{self._serializer.dumps([invitee_id, maker_id])}"

    def read(self, token: str) -> ObserverLink | None:
        """What the link with this token is for; None when it is not ours, or has run out."""
        try:
            invitee_id, maker_id = self._serializer.loads(token, max_age=LIFETIME_SECONDS)
        except (BadSignature, ValueError, TypeError):
            return None
        return ObserverLink(str(invitee_id), str(maker_id))
