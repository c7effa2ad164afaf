"""Secrets of webhook endpoints: made, kept encrypted, and taken out to sign."""

import base64
import os

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX = "whsec_"
BYTES = 32


class SecretLost(Exception):
    """The installation's key is not the one that this secret was encrypted with."""


class Secrets:
    def __init__(self, secret_key: str) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"qwalo webhook secrets").derive(secret_key.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def make(self) -> str:
        """A new secret, as Standard Webhooks writes them."""
        return PREFIX + base64.b64encode(os.urandom(BYTES)).decode()

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises SecretLost."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise SecretLost from error
