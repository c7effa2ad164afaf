"""The public keys that Clerk signs with: one PEM from the settings, or Clerk's key set, fetched and kept."""

import asyncio
import base64
import binascii
import time
from collections.abc import Callable
from typing import Protocol

import httpx
import msgspec
import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from qwalo.identity.errors import IdentityProviderUnavailable, NotSignedIn
from qwalo.settings import ClerkSettings, SettingsError

PublicKey = RSAPublicKey

# Anyone can write a `kid` into a token, so an unknown one must not cost Clerk, or us, a fetch each.
REFETCH_SECONDS = 30.0
# With no key at all nobody can sign in: there it is worth trying more often.
FIRST_FETCH_RETRY_SECONDS = 5.0
REFRESH_SECONDS = 3600.0
FETCH_TIMEOUT_SECONDS = 5.0
MIN_KEY_BITS = 2048

log = structlog.get_logger()


class SigningKeys(Protocol):
    """Where the key that a token names comes from."""

    async def find(self, kid: str | None) -> PublicKey:
        """The key called `kid`.

        Raises:
            NotSignedIn: Clerk has no such key.
            IdentityProviderUnavailable: no key is known, and Clerk cannot be asked.
        """
        ...


def signing_keys(settings: ClerkSettings) -> SigningKeys:
    """The keys that the settings name.

    Raises:
        SettingsError: CLERK_JWT_KEY is not the public key that Clerk shows.
    """
    if settings.jwt_key is not None:
        return PemKey(settings.jwt_key)
    assert settings.jwks_url is not None
    return FetchedKeys(settings.jwks_url)


class PemKey:
    """One key, known from the start, for every `kid`: Clerk is never asked."""

    def __init__(self, pem: str) -> None:
        try:
            key = load_pem_public_key(pem.encode())
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, RSAPublicKey) or key.key_size < MIN_KEY_BITS:
            raise SettingsError("CLERK_JWT_KEY must be the RSA public key in PEM that Clerk shows.")
        self._key = key

    async def find(self, kid: str | None) -> PublicKey:
        return self._key


class FetchedKeys:
    """Clerk's key set, fetched when first needed and kept: sign-in goes on while Clerk is away.

    `clock` gives seconds that only grow.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str, PublicKey] = {}
        self._fetched_at = 0.0
        self._tried_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> PublicKey:
        key = self._known(kid)
        if key is not None:
            if self._clock() - self._fetched_at > REFRESH_SECONDS:
                self._start_fetch()
            return key
        self._start_fetch()
        if self._fetching is not None:
            # Shielded: a caller that gives up must not take the fetch away from those who wait with it.
            await asyncio.shield(self._fetching)
            key = self._known(kid)
        if key is not None:
            return key
        if not self._keys:
            raise IdentityProviderUnavailable
        raise NotSignedIn

    def _known(self, kid: str | None) -> PublicKey | None:
        # Without a name, a key can only be meant where there is no other.
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return None if kid is None else self._keys.get(kid)

    def _start_fetch(self) -> None:
        """Fetch in the background, unless one is under way or was tried a moment ago."""
        pause = REFETCH_SECONDS if self._keys else FIRST_FETCH_RETRY_SECONDS
        now = self._clock()
        if self._fetching is not None or (self._tried_at is not None and now - self._tried_at < pause):
            return
        self._tried_at = now
        self._fetching = asyncio.create_task(self._fetch())

    async def _fetch(self) -> None:
        try:
            async with httpx.AsyncClient(timeout=FETCH_TIMEOUT_SECONDS) as client:
                response = await client.get(self._url)
                response.raise_for_status()
            keys = read_key_set(response.content)
            if keys:
                # Replaced, not merged: a key that Clerk has withdrawn must stop working.
                self._keys, self._fetched_at = keys, self._clock()
            else:
                log.warning("clerk_keys_not_fetched", reason="the key set has no usable key")
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError) as error:
            log.warning("clerk_keys_not_fetched", reason=type(error).__name__)
        finally:
            self._fetching = None


class _KeySet(msgspec.Struct):
    keys: list[msgspec.Raw]


class _Key(msgspec.Struct):
    kty: str
    kid: str
    n: str
    e: str
    use: str | None = None
    alg: str | None = None


def read_key_set(body: bytes) -> dict[str, PublicKey]:
    """The RSA signing keys of a JWK set (RFC 7517) by their `kid`; keys of other kinds are left out.

    Raises:
        msgspec.MsgspecError: it is not a JWK set.
    """
    keys = {}
    for raw in msgspec.json.decode(body, type=_KeySet).keys:
        try:
            jwk = msgspec.json.decode(raw, type=_Key)
            usable = jwk.kty == "RSA" and jwk.kid and jwk.use in {None, "sig"} and jwk.alg in {None, "RS256"}
            if not usable:
                continue
            key = RSAPublicNumbers(_number(jwk.e), _number(jwk.n)).public_key()
        except (msgspec.MsgspecError, binascii.Error, ValueError, UnsupportedAlgorithm):
            continue
        if key.key_size >= MIN_KEY_BITS:
            keys[jwk.kid] = key
    return keys


def _number(text: str) -> int:
    """A base64url number of RFC 7518, big-endian and without padding."""
    return int.from_bytes(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
