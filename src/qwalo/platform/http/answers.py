"""Answers that are kept for a retry of their requests, encrypted: some show what is shown once."""

import hashlib
import hmac
import secrets
from datetime import timedelta

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from qwalo.platform.db.pool import Connection

# At least: the job that removes them runs once in an hour.
KEPT_FOR = timedelta(hours=24)

_NONCE_BYTES = 12


class Answer(msgspec.Struct, frozen=True, array_like=True):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    standing: str
    """What the caller was where it was given, such as a role."""


class KeptAnswer(msgspec.Struct, frozen=True):
    """`request` is the fingerprint of what was asked, `sealed` the answer."""

    request: str
    sealed: bytes


class Seal:
    """Encrypts answers and takes fingerprints of requests, so that the table alone tells nothing of either."""

    def __init__(self, secret_key: str) -> None:
        derived = HKDF(SHA256(), length=64, salt=None, info=b"qwalo kept answers").derive(secret_key.encode())
        self._cipher = AESGCM(derived[:32])
        self._fingerprints = derived[32:]

    def fingerprint(self, *parts: bytes) -> str:
        """Of the parts and of where one ends and the next begins."""
        return hmac.digest(self._fingerprints, msgspec.msgpack.encode(parts), "sha256").hex()

    def close(self, answer: Answer, key: str) -> bytes:
        """It opens for the same key alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, msgspec.msgpack.encode(answer), key.encode())

    def open(self, sealed: bytes, key: str) -> Answer:
        """Raises cryptography.exceptions.InvalidTag: it was not closed with this secret key, or for another key."""
        text = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], key.encode())
        return msgspec.msgpack.decode(text, type=Answer)


def key_of(caller: str, idempotency_key: bytes) -> str:
    """What an answer is kept under: the same key of another caller is another one."""
    return hashlib.sha256(msgspec.msgpack.encode((caller, idempotency_key))).hexdigest()


async def unscoped_take_turn(conn: Connection, key: str) -> bool:
    """Whether nobody else has the key's turn, which ends with the transaction.

    A statement of its own before the key is looked for: what the one before has stored is seen by the next statement.
    """
    row = await conn.fetchrow("SELECT pg_try_advisory_xact_lock($1)", int(key[:16], 16) - 2**63)
    assert row is not None
    return bool(row[0])


async def unscoped_find(conn: Connection, key: str) -> KeptAnswer | None:
    row = await conn.fetchrow('SELECT "request", "answer" FROM "IdempotentAnswer" WHERE "key" = $1', key)
    return KeptAnswer(row[0], row[1]) if row else None


async def unscoped_keep(conn: Connection, key: str, request: str, sealed: bytes) -> None:
    await conn.execute(
        'INSERT INTO "IdempotentAnswer" ("key", "request", "answer", "createdAt") VALUES ($1, $2, $3, utc_now())',
        key,
        request,
        sealed,
    )


async def unscoped_forget(conn: Connection) -> None:
    """Remove the answers that have been kept for long enough."""
    await conn.execute('DELETE FROM "IdempotentAnswer" WHERE "createdAt" < utc_now() - $1::interval', KEPT_FOR)
