"""How often somebody may ask, told in the headers of every answer (draft-ietf-httpapi-ratelimit-headers-10).

Who is signed in is counted by the credential, with the API and the pages together; who is not, by the address. Both
are on the way of every request, so they do as little as they can (docs/decisions/0005 and 0015).
"""

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Protocol, cast

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from qwalo.platform.db.pool import Database
from qwalo.platform.http.marks import LIMIT, PUBLIC
from qwalo.platform.http.origin import current_origin
from qwalo.platform.http.problems import Problem, TooManyRequests
from qwalo.platform.rates import Limiter, Policy, SharedCounts, Window
from qwalo.settings.limits import LimitSettings

MINUTE = 60

CREDENTIAL = "credential"
ADDRESS = "address"
REFUSED = "refused"
ROOM = "room"
LINK = "link"
HOOK = "hook"
SIGN_IN = "sign-in"
SIGN_IN_MAIL = "sign-in-mail"


def policies(settings: LimitSettings) -> tuple[Policy, ...]:
    """Every limit. Why these numbers: docs/decisions/0015."""
    here = settings.per_address
    return (
        # By the session or the API key, wherever somebody is signed in.
        Policy(CREDENTIAL, settings.per_credential, MINUTE, "There were too many requests in one minute"),
        # By the address: what is public.
        Policy(ADDRESS, here, MINUTE, "There were too many requests from your network in one minute"),
        # Credentials that are not valid. Not with what is public: a forgotten script must not close the sign-in page.
        Policy(REFUSED, here, MINUTE, "Too many credentials that are not valid came from your network in one minute"),
        # The pages of invitees: many of them can share an address.
        Policy(ROOM, 5 * here, MINUTE, "There were too many requests from your network in one minute"),
        # Who tries out links.
        Policy(LINK, 60, MINUTE, "Too many links that do not work were opened from your network", unknown_only=True),
        # What the identity provider tells us comes from few addresses, and is signed.
        Policy(HOOK, 10 * here, MINUTE, "There were too many events in one minute"),
        # Asking for a sign-in link, by the address of the client and by the one that the mail goes to.
        Policy(SIGN_IN, 50, 10 * MINUTE, "Too many sign-in links were asked for from your network", strict=True),
        Policy(SIGN_IN_MAIL, 5, 10 * MINUTE, "Too many sign-in links were asked for", strict=True),
    )


NOTED = "rate limit"
# A socket that is closed with it is tried again later (the registry of WebSocket close codes).
TRY_AGAIN_LATER = 1013
_NOT_FOUND, _NOT_SIGNED_IN = 404, 401


class Credential(Protocol):
    @property
    def session(self) -> str: ...


class RateLimits:
    """The limiters of one process, by their policies' names."""

    def __init__(self, db: Database, settings: LimitSettings, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        counts = SharedCounts(db, clock)
        self._limiters = {policy.name: Limiter(policy, counts) for policy in policies(settings)}

    def of(self, name: str) -> Limiter:
        return self._limiters[name]

    async def count(self, scope: Scope, name: str, key: str) -> Window:
        """Count one more, and have the answer tell what is left. Raises TooManyRequests."""
        limiter = self._limiters[name]
        window = scope["state"][NOTED] = limiter.window(key)
        if not window.spend(self.clock()):
            await limiter.take(window)
        return window

    async def add_headers(self, message: Message, scope: Scope) -> None:
        """A hook before every answer, which an error that a middleware has raised has too."""
        if message["type"] == "http.response.start":
            window: Window | None = scope["state"].get(NOTED)
            if window is not None:
                left = window.left + window.rest
                seconds = window.seconds_left(self.clock())
                message["headers"] = [
                    *message["headers"],
                    (b"ratelimit-policy", _stated(window.policy)),
                    (b"ratelimit", f'"{window.policy.name}";r={left};t={seconds}'.encode()),
                ]


class AddressLimits:
    """In front of the gate: limits what needs no credential, and counts the credentials that are refused.

    Whoever has a valid one passes: a neighbour's forgotten script must not lock out an office.
    """

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits

    def __call__(self, app: ASGIApp) -> ASGIApp:
        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            opt = scope["route_handler"].opt
            names = opt.get(LIMIT, _COMMON if opt.get(PUBLIC) else None)
            if names is not None:
                await self._answer(names, app, scope, receive, send)
                return
            try:
                await app(scope, receive, send)
            except Problem as problem:
                if problem.status == _NOT_SIGNED_IN:
                    await self._limits.count(scope, REFUSED, client(scope))
                raise
            if scope.get("user") is None:
                # The gate has closed a socket, and says so to nobody else.
                with suppress(TooManyRequests):
                    await self._limits.count(scope, REFUSED, client(scope))

        return limited

    async def _answer(self, names: tuple[str, ...], app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises TooManyRequests, and what the application raises."""
        guessed = [name for name in names if self._limits.of(name).policy.unknown_only]
        try:
            for name in names:
                if name not in guessed:
                    await self._limits.count(scope, name, client(scope))
        except TooManyRequests as problem:
            await _refuse(problem, scope, receive, send)
            return

        async def counted(message: Message) -> None:
            """A link that works is never refused, whoever else guesses from the same address."""
            if message["type"] == "http.response.start" and message["status"] == _NOT_FOUND:
                for name in guessed:
                    # Raised before anything is sent, so that it is answered instead.
                    await self._limits.count(scope, name, client(scope))
            await send(message)

        await app(scope, receive, counted if guessed else send)


class CredentialLimits:
    """Behind the gate."""

    def __init__(self, limits: RateLimits) -> None:
        self._limits = limits

    def __call__(self, app: ASGIApp) -> ASGIApp:
        limits, clock = self._limits, self._limits.clock
        limiter = limits.of(CREDENTIAL)

        async def limited(scope: Scope, receive: Receive, send: Send) -> None:
            viewer = cast("Credential | None", scope.get("user"))
            if viewer is not None:
                # As `RateLimits.count` does it, without a step more.
                window = scope["state"][NOTED] = limiter.window(viewer.session)
                if not window.spend(clock()):
                    try:
                        await limiter.take(window)
                    except TooManyRequests as problem:
                        await _refuse(problem, scope, receive, send)
                        return
            await app(scope, receive, send)

        return limited


_COMMON = (ADDRESS,)


def client(scope: Scope) -> str:
    """By what the client's address is counted: one line has 2^64 addresses of IPv6, so its network stands for it."""
    address = current_origin().address
    if address is None:
        peer = scope.get("client")
        address = peer[0] if peer else ""
    return _network(address) if ":" in address else address


@lru_cache(10_000)
def _network(address: str) -> str:
    try:
        # Of an interface: fe80::1%eth0.
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    assert isinstance(parsed, IPv6Address)
    return str(parsed.ipv4_mapped or f"{IPv6Address(int(parsed) >> 64 << 64)}/64")


@lru_cache
def _stated(policy: Policy) -> bytes:
    return f'"{policy.name}";q={policy.quota};w={policy.seconds}'.encode()


async def _refuse(problem: TooManyRequests, scope: Scope, receive: Receive, send: Send) -> None:
    """Raises the problem, except for a socket: that is accepted first, as a browser sees only then why it ends."""
    if scope["type"] != ScopeType.WEBSOCKET:
        raise problem
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    await send({"type": "websocket.close", "code": TRY_AGAIN_LATER, "reason": problem.detail})
