"""Clerk's tokens, verified here: no call to Clerk for a request.

What is checked follows Clerk's guide to manual JWT verification and its own `@clerk/backend`
(jwt/assertions.ts, tokens/jwtCategories.ts), and is stricter where that is lenient: `azp`, `sid`, `nbf` and
`iat` must be there.
"""

import re
import time
from collections.abc import Callable
from typing import Any

import jwt
import msgspec

from qwalo.identity.clerk.fields import ClerkId, ClerkRole, Slug, role_name, shown_email, shown_name
from qwalo.identity.clerk.keys import PublicKey, SigningKeys
from qwalo.identity.errors import NotSignedIn
from qwalo.settings import ClerkSettings

ALGORITHM = "RS256"
SKEW_SECONDS = 5
MAX_TOKEN_LENGTH = 8 * 1024
# It holds cookies, each of which may hold a token.
MAX_HANDSHAKE_LENGTH = 32 * 1024
MAX_KID_LENGTH = 128

# All tokens of an instance are signed with one key. Clerk tells their kinds apart by the header `cat`: the
# first one here is that of sessions and handshakes, some instances mark all with the second, which says
# nothing; JWT templates and machines have others.
SESSION_CATEGORY = "cl_B7d4PD111AAA"
ANY_CATEGORY = "cl_I7d4PD111III"

# Checking a signature takes 200 us, and a page sends its token again and again until it runs out. Not kept
# for longer than this, so that a signing key that Clerk withdraws is soon without effect.
KEEP_SECONDS = 60.0
MAX_KEPT = 4096

_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_jws = jwt.PyJWS(algorithms=[ALGORITHM])


class TokenRefused(NotSignedIn):
    """`reason` is for the operator's log: to the caller, every refusal looks the same."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


class ActiveOrganization(msgspec.Struct, frozen=True):
    """The organization that the person has chosen in Clerk's switcher. `role` is without Clerk's `org:`."""

    id: str
    role: str
    slug: str | None = None


class Claims(msgspec.Struct, frozen=True):
    """What a genuine session token says. `iat` and `exp` are seconds since 1970.

    `email` and `name` are there where the operator added them to the session token, the address only together
    with a true `email_verified`. `actor` is who acts as this person (Clerk's impersonation).
    """

    sub: str
    sid: str
    iat: int
    exp: int
    azp: str
    email: str | None = None
    name: str | None = None
    actor: str | None = None
    organization: ActiveOrganization | None = None


class _Actor(msgspec.Struct):
    sub: ClerkId


class _Organization(msgspec.Struct):
    id: ClerkId
    rol: ClerkRole
    slg: Slug | None = None


class _FirstOrganization(msgspec.Struct):
    """The claims of version 1, which operators can still choose."""

    org_id: ClerkId | None = None
    org_role: ClerkRole | None = None
    org_slug: Slug | None = None


class _Session(msgspec.Struct):
    """The claims as they are in the token; a missing or wrongly typed one fails."""

    iss: str
    sub: ClerkId
    sid: ClerkId
    azp: str
    exp: int
    nbf: int
    iat: int
    sts: str | None = None
    act: _Actor | None = None
    aud: Any = None
    email: Any = None
    email_verified: Any = None
    name: Any = None
    v: Any = None
    o: _Organization | None = None


class _Handshake(msgspec.Struct):
    handshake: list[str]
    iss: str | None = None
    exp: int | None = None


class ClerkTokens:
    """Verifies tokens of the instance in `settings`. `now` gives seconds since 1970."""

    def __init__(self, settings: ClerkSettings, keys: SigningKeys, *, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._keys = keys
        self._now = now
        self._kept: dict[str, tuple[float, Claims]] = {}

    async def verify(self, token: str) -> Claims:
        """The claims of a session token.

        Raises:
            TokenRefused: it is not a valid session token of this instance for this address.
            IdentityProviderUnavailable: no signing key is known, and Clerk cannot be asked.
        """
        kept = self._kept.get(token)
        if kept is not None and self._now() < kept[0]:
            return kept[1]
        self._kept.pop(token, None)
        claims = self._session(await self._signed_payload(token, MAX_TOKEN_LENGTH))
        self._keep(token, claims)
        return claims

    async def verify_handshake(self, token: str) -> tuple[str, ...]:
        """The Set-Cookie values in the token that Clerk's handshake brings. They are not filtered.

        Raises:
            TokenRefused: it is not a handshake of this instance.
            IdentityProviderUnavailable: see `verify`.
        """
        payload = await self._signed_payload(token, MAX_HANDSHAKE_LENGTH)
        try:
            handshake = msgspec.json.decode(payload, type=_Handshake)
        except (msgspec.MsgspecError, ValueError):
            raise TokenRefused("The token is not a handshake.") from None
        # Clerk's own SDK looks at neither; what is there must be right nevertheless.
        if handshake.iss not in {None, self._settings.issuer}:
            raise TokenRefused("The handshake is of another instance.")
        if handshake.exp is not None and handshake.exp + SKEW_SECONDS <= self._now():
            raise TokenRefused("The handshake has run out.")
        return tuple(handshake.handshake)

    async def _signed_payload(self, token: str, limit: int) -> bytes:
        """The payload of a compact JWS of this instance; no key is looked for if the header is wrong."""
        if len(token) >= limit or _COMPACT.fullmatch(token) is None:
            raise TokenRefused("It is not a token.")
        try:
            header = _jws.get_unverified_header(token)
            _check_header(header)
            key = await self._key(header.get("kid"))
            payload: bytes = _jws.decode_complete(token, key, algorithms=[ALGORITHM])["payload"]
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise TokenRefused("The token is malformed, or its signature is wrong.") from None
        return payload

    async def _key(self, kid: str | None) -> PublicKey:
        try:
            return await self._keys.find(kid)
        except NotSignedIn:
            raise TokenRefused("The token names a key that Clerk does not have.") from None

    def _session(self, payload: bytes) -> Claims:
        try:
            session = msgspec.json.decode(payload, type=_Session)
            organization = _organization(session, payload)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise TokenRefused("A claim that a session has is missing or malformed.") from None
        self._check_times(session)
        self._check_parties(session)
        email = session.email if session.email_verified is True and isinstance(session.email, str) else ""
        return Claims(
            sub=session.sub,
            sid=session.sid,
            iat=session.iat,
            exp=session.exp,
            azp=session.azp,
            email=shown_email(email),
            name=shown_name(session.name) if isinstance(session.name, str) else None,
            # Only the operator's own support can impersonate, through Clerk's dashboard, and is meant to see
            # what the person sees. So it is accepted, and kept visible for whoever records what was done.
            actor=session.act.sub if session.act is not None else None,
            organization=organization,
        )

    def _check_times(self, session: _Session) -> None:
        now = self._now()
        if session.exp + SKEW_SECONDS <= now:
            raise TokenRefused("The session token has run out.")
        if session.nbf - SKEW_SECONDS > now or session.iat - SKEW_SECONDS > now:
            raise TokenRefused("The session token is not valid yet: the clocks may differ.")

    def _check_parties(self, session: _Session) -> None:
        if session.iss != self._settings.issuer:
            raise TokenRefused("The token's issuer is not CLERK_ISSUER.")
        if session.azp not in self._settings.authorized_parties:
            raise TokenRefused("The token was made for an address that is not in CLERK_AUTHORIZED_PARTIES.")
        # A session token has no audience, a JWT template made for another service does (RFC 7519, 4.1.3).
        if session.aud:
            raise TokenRefused("The token was made for another audience.")
        if session.sts not in {None, "active"}:
            raise TokenRefused("The session is not complete: Clerk asks the person for something first.")

    def _keep(self, token: str, claims: Claims) -> None:
        now = self._now()
        if len(self._kept) >= MAX_KEPT:
            self._kept = {text: kept for text, kept in self._kept.items() if kept[0] > now}
            while len(self._kept) >= MAX_KEPT:
                del self._kept[next(iter(self._kept))]
        self._kept[token] = (min(claims.exp + SKEW_SECONDS, now + KEEP_SECONDS), claims)


def _organization(session: _Session, payload: bytes) -> ActiveOrganization | None:
    """Raises TokenRefused, msgspec.MsgspecError: an organization is there, but malformed."""
    if session.o is not None:
        return ActiveOrganization(session.o.id, role_name(session.o.rol), session.o.slg)
    if session.v not in (None, 1):
        # There, claims of those names are what an operator has added.
        return None
    first = msgspec.json.decode(payload, type=_FirstOrganization)
    if first.org_id is None:
        return None
    if first.org_role is None:
        raise TokenRefused("The token names an organization, but no role in it.")
    return ActiveOrganization(first.org_id, role_name(first.org_role), first.org_slug)


def _check_header(header: dict[str, Any]) -> None:
    """Unknown parameters (`oiat`) are ignored; keys offered in it (`jku`, `jwk`, `x5u`) are never used."""
    if header.get("alg") != ALGORITHM:
        raise TokenRefused("The token is not signed with RS256.")
    if header.get("typ", "JWT") != "JWT":
        raise TokenRefused("The token is of another type.")
    if header.get("cat") not in (None, SESSION_CATEGORY, ANY_CATEGORY):
        raise TokenRefused("The token is not a session's, but from a JWT template or a machine.")
    # What is critical must be understood (RFC 7515, 4.1.11), and there is nothing that we understand.
    if "crit" in header or "b64" in header:
        raise TokenRefused("The token has critical header parameters.")
    if len(header.get("kid", "")) > MAX_KID_LENGTH:
        raise TokenRefused("The token's key has no sensible name.")
