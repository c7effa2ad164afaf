"""What happened, told on the page after a redirect: a signed cookie that the next page reads and clears."""

from typing import Literal

import msgspec
from itsdangerous import BadSignature, URLSafeTimedSerializer

Kind = Literal["success", "error", "info"]
COOKIE = "qwalo_flash"
MAX_AGE_SECONDS = 60


class Flash(msgspec.Struct, frozen=True, array_like=True):
    kind: Kind
    text: str


class Flashes:
    """Writes and reads the cookie."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeTimedSerializer(secret_key, salt="qwalo flash")

    def write(self, flash: Flash) -> str:
        return str(self._serializer.dumps([flash.kind, flash.text]))

    def read(self, value: str | None) -> Flash | None:
        """None where there is none, or one that we did not write."""
        if not value:
            return None
        try:
            return msgspec.convert(self._serializer.loads(value, max_age=MAX_AGE_SECONDS), Flash)
        except (BadSignature, msgspec.ValidationError):
            # Only decoration is lost.
            return None
