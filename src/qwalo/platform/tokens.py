"""Tokens of links: short, unguessable, and derived, so that they can be written again although only a hash is kept."""

import base64
import hashlib
import hmac
import re

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class DerivedTokens:
    """Tokens of one purpose: the HMAC-SHA-256 (256 bits) of what they stand for under the secret key.

    Whoever has the database alone, which holds SHA-256 of them, cannot make one.
    """

    def __init__(self, secret_key: str, purpose: str) -> None:
        self._key = hmac.digest(secret_key.encode(), f"qwalo {purpose}".encode(), "sha256")

    def token(self, *parts: str | int) -> str:
        mac = hmac.digest(self._key, "\0".join(map(str, parts)).encode(), "sha256")
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    """SHA-256 (hex) of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def looks_like_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None
