"""Which tokens are a session, and which are not (security.md, G6)."""

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from qwalo.identity.clerk.keys import PemKey
from qwalo.identity.clerk.tokens import MAX_KEPT, Claims, ClerkTokens, TokenRefused
from qwalo.identity.errors import NotSignedIn
from tests.clerk import TEMPLATE_CATEGORY, ClerkStandIn, user_id

NOW = 1_800_000_000.0
CLERK = ClerkStandIn(now=lambda: NOW)
OTHER = ClerkStandIn(now=lambda: NOW)


def tokens(now: Callable[[], float] = lambda: NOW) -> ClerkTokens:
    return ClerkTokens(CLERK.settings(), PemKey(CLERK.pem()), now=now)


def part(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def hmac_signed_with_public_key() -> str:
    """What a verifier accepts that lets the token choose the algorithm. PyJWT refuses to make one."""
    signing_input = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': CLERK.kid})}.{part(CLERK.claims())}"
    return f"{signing_input}.{part(hmac.digest(CLERK.pem().encode(), signing_input.encode(), 'sha256'))}"


def with_payload(claims: dict[str, Any]) -> str:
    """A genuine token whose payload was exchanged."""
    header, _, signature = CLERK.token().split(".")
    return f"{header}.{part(claims)}.{signature}"


def signed_bytes(payload: bytes) -> str:
    return jwt.PyJWS().encode(payload, CLERK.private_key, algorithm="RS256", headers={"kid": CLERK.kid})


FORGERIES = {
    "nothing": "",
    "no token": "session",
    "two segments": CLERK.token().rpartition(".")[0],
    "four segments": CLERK.token() + ".e30",
    "no signature": CLERK.token().rpartition(".")[0] + ".",
    "padded": CLERK.token() + "=",
    "line break": CLERK.token() + "\n",
    "8 KiB": CLERK.token(filler="x" * 8192),
    "algorithm none": f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(CLERK.claims())}.",
    "algorithm none, with a signature": f"{part({'alg': 'none'})}.{part(CLERK.claims())}.e30",
    "HS256 with the public key": hmac_signed_with_public_key(),
    "RS512 with the right key": jwt.encode(CLERK.claims(), CLERK.private_key, algorithm="RS512"),
    "PS256 with the right key": jwt.encode(CLERK.claims(), CLERK.private_key, algorithm="PS256"),
    "another key": OTHER.token(),
    "another key under the known kid": OTHER.token(headers={"kid": CLERK.kid}),
    "another key, offered as jwk": OTHER.token(headers={"jwk": OTHER.jwks()["keys"][0]}),
    "another key, offered by jku": OTHER.token(headers={"jku": "https://evil.example/jwks.json"}),
    "another key, offered by x5u": OTHER.token(headers={"x5u": "https://evil.example/x.pem"}),
    "payload exchanged": with_payload(CLERK.claims(2)),
    "crit header": CLERK.token(headers={"crit": ["exp"], "exp": 1}),
    "empty crit header": CLERK.token(headers={"crit": []}),
    "detached payload": CLERK.token(headers={"b64": False, "crit": ["b64"]}),
    "kid of another type": f"{part({'alg': 'RS256', 'kid': ['a']})}.{part(CLERK.claims())}.e30",
    "kid of 1,000 characters": CLERK.token(headers={"kid": "k" * 1000}),
    "type of an OAuth token": CLERK.token(headers={"typ": "at+jwt"}),
    "JWT template, by its category": CLERK.token(headers={"cat": TEMPLATE_CATEGORY}),
    "JWT template, with an audience": CLERK.token(aud="convex"),
    "JWT template, without a session": CLERK.token(sid=None),
    "category that is a list": CLERK.token(headers={"cat": []}),
    "machine token": CLERK.token(headers={"cat": "cl_B7d4PD333AAA"}),
    "handshake": CLERK.handshake("__session=x"),
    "expired": CLERK.token(exp=int(NOW) - 5),
    "no expiry": CLERK.token(exp=None),
    "expiry as text": CLERK.token(exp=str(int(NOW) + 60)),
    "not valid yet": CLERK.token(nbf=int(NOW) + 6),
    "no nbf": CLERK.token(nbf=None),
    "issued in the future": CLERK.token(iat=int(NOW) + 6),
    "no iat": CLERK.token(iat=None),
    "another issuer": CLERK.token(iss="https://other.clerk.accounts.dev"),
    "issuer with a slash": CLERK.token(iss=CLERK.issuer + "/"),
    "no issuer": CLERK.token(iss=None),
    "another authorized party": CLERK.token(azp="https://evil.example"),
    "authorized party as a prefix": CLERK.token(azp=CLERK.public_url + ".evil.example"),
    "no authorized party": CLERK.token(azp=None),
    "empty authorized party": CLERK.token(azp=""),
    "pending session": CLERK.token(sts="pending"),
    "empty session": CLERK.token(sid=""),
    "no subject": CLERK.token(sub=None),
    "empty subject": CLERK.token(sub=""),
    "subject as a number": CLERK.token(sub=1),
    "subject with a null byte": CLERK.token(sub="user_1\x00"),
    "subject of local sign-in": CLERK.token(sub="local_1"),
    "impersonation by nobody": CLERK.token(act={"sub": ""}),
    "impersonation of another shape": CLERK.token(act="user_1"),
    "payload is a list": signed_bytes(b"[]"),
    "payload is not JSON": signed_bytes(b"{"),
    "payload is not UTF-8": signed_bytes(b'{"sub": "\xff"}'),
}


@pytest.mark.parametrize("token", FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_forgery_is_refused(token: str) -> None:
    """Whatever is not a valid session token of this instance for this address signs nobody in."""
    with pytest.raises(NotSignedIn):
        await tokens().verify(token)


GENUINE = {
    "plain": CLERK.token(),
    "with the clock 5 s ahead of ours": CLERK.token(iat=int(NOW) + 5, nbf=int(NOW) + 5),
    "run out 4 s ago": CLERK.token(exp=int(NOW) - 4),
    "unknown header parameters": CLERK.token(headers={"oiat": 1_700_000_000, "jku": "https://evil.example"}),
    "without a category": CLERK.token(headers={"cat": None}),
    "of an instance without categories": CLERK.token(headers={"cat": "cl_I7d4PD111III"}),
    "without a status": CLERK.token(sts=None),
    "with an organization": CLERK.token(o={"id": "org_1", "slg": "acme", "rol": "admin"}),
    "version 1": CLERK.token(v=None, org_id="org_1", org_role="org:admin"),
}


@pytest.mark.parametrize("token", GENUINE.values(), ids=GENUINE.keys())
async def test_a_genuine_token_signs_in(token: str) -> None:
    """What Clerk makes is accepted, small differences of the clocks included."""
    claims = await tokens().verify(token)
    assert (claims.sub, claims.azp) == (user_id(1), CLERK.public_url)


async def test_claims_carry_what_the_token_says() -> None:
    """The session, the times and the optional custom claims are read."""
    token = CLERK.token(email=" Ada@Example.com", email_verified=True, name="Ada\x00  Lovelace")
    assert await tokens().verify(token) == Claims(
        sub=user_id(1),
        sid=f"sess_{1:027d}",
        iat=int(NOW),
        exp=int(NOW) + 60,
        azp=CLERK.public_url,
        email="ada@example.com",
        name="Ada Lovelace",
    )


@pytest.mark.parametrize("verified", [None, False, "true", 1], ids=str)
async def test_an_address_that_is_not_verified_is_left_out(verified: object) -> None:
    """Nobody gets an address that they have only typed in (CVE-2026-23478)."""
    claims = await tokens().verify(CLERK.token(email="boss@example.com", email_verified=verified))
    assert claims.email is None


@pytest.mark.parametrize("custom", [{"name": 1, "email": []}, {"name": " ", "email": "@"}], ids=str)
async def test_odd_custom_claims_are_left_out(custom: dict[str, Any]) -> None:
    """What an operator adds to the token is optional, and cannot break the sign-in."""
    claims = await tokens().verify(CLERK.token(email_verified=True, **custom))
    assert (claims.name, claims.email) == (None, None)


async def test_impersonation_is_visible() -> None:
    """Who acts as the person is kept beside the person."""
    claims = await tokens().verify(CLERK.token(act={"iss": CLERK.issuer, "sub": "user_support"}))
    assert (claims.sub, claims.actor) == (user_id(1), "user_support")


async def test_a_kept_token_stops_when_it_runs_out() -> None:
    """Having been valid once does not make a token valid after its expiry and the allowance for clocks."""
    time = [NOW]
    verifier = tokens(lambda: time[0])
    token = CLERK.token(exp=int(NOW) + 30)
    await verifier.verify(token)
    time[0] = NOW + 34
    await verifier.verify(token)
    time[0] = NOW + 35
    with pytest.raises(NotSignedIn):
        await verifier.verify(token)


async def test_the_number_of_kept_tokens_is_bounded() -> None:
    """Many sessions do not make the process grow for ever."""
    verifier = tokens()
    claims = await verifier.verify(CLERK.token())
    for number in range(MAX_KEPT + 10):
        verifier._keep(str(number), claims)
    assert len(verifier._kept) == MAX_KEPT


async def test_a_refusal_never_repeats_the_token() -> None:
    """Neither the error, its reason nor its causes hold what was sent."""
    token = OTHER.token()
    with pytest.raises(TokenRefused) as refused:
        await tokens().verify(token)
    shown = f"{refused.value!r} {refused.value.reason} {refused.value.__cause__!r}"
    assert not any(segment in shown for segment in token.split("."))


@pytest.mark.parametrize(
    "token",
    [
        OTHER.handshake("__session=x"),
        CLERK.handshake("__session=x", headers={"cat": TEMPLATE_CATEGORY}),
        CLERK.handshake("__session=x", iss=OTHER.issuer + ".evil.example"),
        CLERK.handshake("__session=x", exp=int(NOW) - 5),
        CLERK.token(),
        CLERK.token(handshake="__session=x"),
    ],
    ids=["another key", "JWT template", "another issuer", "expired", "session token", "no list"],
)
async def test_a_forged_handshake_is_refused(token: str) -> None:
    """Only what Clerk's handshake itself made may set cookies."""
    with pytest.raises(NotSignedIn):
        await tokens().verify_handshake(token)
