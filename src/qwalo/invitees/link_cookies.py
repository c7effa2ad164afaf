"""The cookie that an invitee's personal link is exchanged for."""

from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from qwalo.invitees.errors import LinkNotValid
from qwalo.invitees.links import LIFETIME
from qwalo.invitees.models import Welcome


class InviteCookies:
    """The cookie of one invitee: signed, of no use for another one, worthless with the link's next version."""

    def __init__(self, secret_key: str, *, secure: bool) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt="qwalo invitee")
        self._secure = secure

    def make(self, welcome: Welcome) -> Cookie:
        return Cookie(
            key=self._name(welcome.invitee_id),
            value=str(self._serializer.dumps([welcome.invitee_id, welcome.link_version])),
            max_age=int(LIFETIME.total_seconds()),
            path="/",
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )

    def link_version(self, connection: ASGIConnection[Any, Any, Any, Any], invitee_id: str) -> int:
        """The version of the link that was opened in this browser. Raises LinkNotValid."""
        try:
            owner, version = self._serializer.loads(connection.cookies.get(self._name(invitee_id), ""))
        except (BadSignature, ValueError, TypeError) as error:
            raise LinkNotValid from error
        if owner != invitee_id or not isinstance(version, int):
            raise LinkNotValid
        return version

    def _name(self, invitee_id: str) -> str:
        return f"{'__Host-' if self._secure else ''}qwalo_invitee_{invitee_id}"
