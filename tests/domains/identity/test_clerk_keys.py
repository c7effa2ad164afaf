"""Where Clerk's signing keys come from, and how seldom they are fetched (security.md, G6)."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from qwalo.identity.clerk.keys import FetchedKeys, PemKey, read_key_set, signing_keys
from qwalo.identity.clerk.tokens import ClerkTokens
from qwalo.identity.errors import IdentityProviderUnavailable, NotSignedIn
from qwalo.settings import SettingsError
from tests.clerk import ClerkStandIn, KeyServer, user_id

CLERK = ClerkStandIn()
OTHER = ClerkStandIn()


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def server() -> Iterator[KeyServer]:
    server = KeyServer(CLERK)
    yield server
    server.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(server: KeyServer, clock: Clock) -> FetchedKeys:
    return FetchedKeys(server.url, clock=clock)


async def refused(keys: FetchedKeys, kid: str | None) -> None:
    with pytest.raises(NotSignedIn):
        await keys.find(kid)


async def finished(keys: FetchedKeys) -> None:
    """Wait for the fetch under way."""
    while keys._fetching is not None:
        await keys._fetching


async def test_a_thousand_unknown_kids_cause_one_fetch_in_30_seconds(
    keys: FetchedKeys, server: KeyServer, clock: Clock
) -> None:
    """A flood of made-up names reaches Clerk once, and once more half a minute later."""
    await asyncio.gather(*(refused(keys, f"kid_{number}") for number in range(1000)))
    assert server.fetches == 1
    clock.seconds += 29.9
    await asyncio.gather(*(refused(keys, f"kid_{number}") for number in range(1000)))
    assert server.fetches == 1
    clock.seconds += 0.1
    await asyncio.gather(*(refused(keys, f"kid_{number}") for number in range(1000)))
    assert server.fetches == 2


async def test_a_flood_of_unknown_kids_leaves_the_known_one_working(keys: FetchedKeys, server: KeyServer) -> None:
    """Whoever is signed in does not notice the flood."""
    await keys.find(CLERK.kid)
    await asyncio.gather(*(refused(keys, f"kid_{number}") for number in range(100)))
    assert (await keys.find(CLERK.kid)).public_numbers() == CLERK.private_key.public_key().public_numbers()
    assert server.fetches == 1


async def test_simultaneous_first_callers_share_one_fetch(keys: FetchedKeys, server: KeyServer) -> None:
    """The first page of many people costs one fetch."""
    found = await asyncio.gather(*(keys.find(CLERK.kid) for _ in range(50)))
    assert len(found) == 50
    assert server.fetches == 1


async def test_a_new_key_is_found_after_its_rotation(keys: FetchedKeys, server: KeyServer, clock: Clock) -> None:
    """A name that is not known yet is looked up, so that a rotation signs nobody out."""
    await keys.find(CLERK.kid)
    server.body = json.dumps({"keys": CLERK.jwks()["keys"] + OTHER.jwks()["keys"]}).encode()
    clock.seconds += 30
    await keys.find(OTHER.kid)
    await keys.find(CLERK.kid)
    assert server.fetches == 2


async def test_old_keys_are_refreshed_in_the_background(keys: FetchedKeys, server: KeyServer, clock: Clock) -> None:
    """After an hour the known key answers at once, and the set is fetched anew behind it."""
    await keys.find(CLERK.kid)
    clock.seconds += 3601
    server.open.clear()
    await keys.find(CLERK.kid)
    server.body = json.dumps(OTHER.jwks()).encode()
    server.open.set()
    await finished(keys)
    await keys.find(OTHER.kid)
    assert server.fetches == 2


async def test_a_withdrawn_key_stops_working(keys: FetchedKeys, server: KeyServer, clock: Clock) -> None:
    """A key that is no longer in Clerk's set is forgotten with the next refresh."""
    await keys.find(CLERK.kid)
    server.body = json.dumps(OTHER.jwks()).encode()
    clock.seconds += 3601
    await keys.find(CLERK.kid)
    await finished(keys)
    await refused(keys, CLERK.kid)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (302, b""), (200, b"<html>"), (200, b'{"keys": []}'), (200, b'{"keys": {}}')],
    ids=["error", "redirect", "page", "empty set", "another shape"],
)
async def test_known_keys_go_on_while_clerk_answers_nonsense(
    keys: FetchedKeys, server: KeyServer, clock: Clock, status: int, body: bytes
) -> None:
    """An outage at Clerk signs nobody out, however long it is."""
    await keys.find(CLERK.kid)
    server.status, server.body = status, body
    for _ in range(3):
        clock.seconds += 86_400
        await keys.find(CLERK.kid)
        await finished(keys)
    assert server.fetches == 4
    await keys.find(CLERK.kid)


async def test_known_keys_go_on_while_clerk_is_gone(clock: Clock) -> None:
    """The same where nothing listens at Clerk's address any more."""
    server = KeyServer(CLERK)
    keys = FetchedKeys(server.url, clock=clock)
    await keys.find(CLERK.kid)
    server.stop()
    clock.seconds += 86_400
    await keys.find(CLERK.kid)
    await finished(keys)
    await keys.find(CLERK.kid)


async def test_without_any_key_the_provider_is_unavailable(keys: FetchedKeys, server: KeyServer, clock: Clock) -> None:
    """Before the first key is known, an outage is told as one, and sign-in works soon after its end."""
    server.status = 503
    with pytest.raises(IdentityProviderUnavailable):
        await keys.find(CLERK.kid)
    server.status = 200
    with pytest.raises(IdentityProviderUnavailable):
        await keys.find(CLERK.kid)
    assert server.fetches == 1
    clock.seconds += 5
    await keys.find(CLERK.kid)


async def test_a_caller_that_gives_up_leaves_the_fetch_to_the_others(keys: FetchedKeys, server: KeyServer) -> None:
    """A browser that goes away while keys are fetched does not fail those who wait with it."""
    server.open.clear()
    first, second = (asyncio.create_task(keys.find(CLERK.kid)) for _ in range(2))
    await asyncio.to_thread(server.asked.wait, 10)
    first.cancel()
    server.open.set()
    await second
    assert first.cancelled()
    assert server.fetches == 1


async def test_a_token_without_kid_is_meant_for_the_only_key(keys: FetchedKeys, server: KeyServer) -> None:
    """An instance with one key need not name it; with two, the name is needed."""
    await keys.find(None)
    two = FetchedKeys(server.url)
    server.body = json.dumps({"keys": CLERK.jwks()["keys"] + OTHER.jwks()["keys"]}).encode()
    await refused(two, None)


def jwk(**overrides: Any) -> dict[str, Any]:
    return {**CLERK.jwks()["keys"][0], **overrides}


SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()


@pytest.mark.parametrize(
    "odd",
    [
        1,
        {},
        {"kty": "oct", "kid": "x", "k": "AAAA"},
        jwk(kty="EC"),
        jwk(use="enc"),
        jwk(alg="RS512"),
        jwk(kid=""),
        jwk(kid=1),
        jwk(n="!"),
        jwk(n=""),
        jwk(e="AA"),
        RSAAlgorithm.to_jwk(SMALL, as_dict=True) | {"kid": "small"},
    ],
    ids=[
        "number", "empty", "symmetric", "curve", "encryption", "RS512", "no kid", "kid 1", "odd n", "no n",
        "odd e", "1024 bits",
    ],
)  # fmt: skip
def test_a_key_that_cannot_verify_is_left_out(odd: Any) -> None:
    """One odd key in the set does not take the others away, and is never used."""
    assert list(read_key_set(json.dumps({"keys": [odd, *OTHER.jwks()["keys"]]}).encode())) == [OTHER.kid]


async def test_the_pem_key_verifies_without_asking_clerk() -> None:
    """With CLERK_JWT_KEY a token is verified by that key, whatever key it names."""
    tokens = ClerkTokens(CLERK.settings(), signing_keys(CLERK.settings()))
    assert (await tokens.verify(CLERK.token(headers={"kid": "renamed"}))).sub == user_id(1)


async def test_a_token_is_verified_by_the_fetched_key(server: KeyServer) -> None:
    """With CLERK_JWKS_URL the key that the token names is fetched and used."""
    settings = CLERK.settings(jwks_url=server.url)
    assert (await ClerkTokens(settings, signing_keys(settings)).verify(CLERK.token())).sub == user_id(1)


@pytest.mark.parametrize("kind", ["text", "curve", "short"])
def test_a_pem_of_another_kind_stops_the_start(kind: str) -> None:
    """A wrong CLERK_JWT_KEY is told by its name when Qwalo starts, not when somebody signs in."""
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    pems = {
        "text": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "curve": curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "short": SMALL.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    }
    with pytest.raises(SettingsError, match="CLERK_JWT_KEY"):
        PemKey(pems[kind])
