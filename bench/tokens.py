"""Clerk-shaped session tokens (RS256), signed with a key pair made for the run."""

import time

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.rows import clerk_user_id

ISSUER = "https://bench.clerk.accounts.dev"
PARTY = "http://localhost:5173"
PUBLISHABLE_KEY = "pk_test_YmVuY2guY2xlcmsuYWNjb3VudHMuZGV2JA"
_LIFETIME_SECONDS = 24 * 3600


class Tokens:
    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public_pem = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def of_user(self, number: int) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "sub": clerk_user_id(number),
            "azp": PARTY,
            "sid": f"sess_{number:027d}",
            "v": 2,
            "iat": now,
            "nbf": now - 10,
            "exp": now + _LIFETIME_SECONDS,
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "ins_bench"})
