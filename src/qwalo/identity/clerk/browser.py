"""A browser at Clerk: its session cookie, the renewal by Clerk's handshake, the way to the sign-in page.

The session token lives for 60 s. While a page is open, Clerk's script renews it; a browser that comes back
later is sent once through Clerk's frontend API, which answers with new cookies in a signed token. This is the
protocol of `@clerk/backend` (tokens/request.ts, handshake.ts, authenticateContext.ts).

Every address here begins with our public one or with Clerk's, never with the request's Host header.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode

import msgspec
import structlog

from qwalo.identity.clerk.addresses import SCRIPT_PATH, account_portal, cookie_suffix, frontend_api
from qwalo.identity.clerk.tokens import Claims, ClerkTokens, TokenRefused
from qwalo.settings import ClerkSettings

# The version of Clerk's API that the handshake's cookies shall be for, as its current SDK asks.
API_VERSION = "2025-11-10"

# A browser that comes back without what it was sent for would be sent for ever.
MAX_REDIRECTS = 3
HANDSHAKE_COUNT = "__clerk_redirect_count"
HANDSHAKE_COUNT_SECONDS = 3
SIGN_IN_COUNT = "__qwalo_sign_in_count"
SIGN_IN_COUNT_SECONDS = 15

# Clerk's token decides values and attributes, but not which cookies of ours it may set.
_CLERK_COOKIE = re.compile(r"__(session|client_uat|clerk_db_jwt|refresh|clerk_handshake)(_[A-Za-z0-9_-]{8})?")
MAX_COOKIES = 20

log = structlog.get_logger()


class SignedIn(msgspec.Struct, frozen=True, tag=True):
    claims: Claims


class Redirect(msgspec.Struct, frozen=True, tag=True):
    """Answer 307 with `Cache-Control: no-store`; `set_cookies` are whole values of Set-Cookie headers."""

    url: str
    set_cookies: tuple[str, ...] = ()


class SignInFailed(msgspec.Struct, frozen=True, tag=True):
    """Clerk keeps sending the browser back with a session that we refuse. `reason` is for the operator."""

    reason: str


class SignOut(msgspec.Struct, frozen=True):
    """What the sign-out page needs: load `script` with the key, then `Clerk.load()` and `Clerk.signOut()` to
    `return_url`. Only Clerk can end the session, and only the browser holds what that takes. Without
    JavaScript, `account_url` leads to Clerk's page of the account, which has the button too.
    """

    script: str
    publishable_key: str
    return_url: str
    account_url: str


class _Visit(msgspec.Struct, frozen=True):
    """`page` is our address of the page, without Clerk's parameters, which are in `params`."""

    page: str
    params: Mapping[str, str]
    cookies: Mapping[str, str]


class _Session(msgspec.Struct, frozen=True):
    """`changed_at` is when Clerk last changed the sign-in, 0 for never; `reason` why there are no claims."""

    claims: Claims | None
    changed_at: int
    reason: str = ""


class ClerkBrowser:
    """`public_url` is the origin that people reach Qwalo at. Raises SettingsError: see `frontend_api`."""

    def __init__(self, settings: ClerkSettings, tokens: ClerkTokens, public_url: str) -> None:
        self._tokens = tokens
        self._key = settings.publishable_key
        self._development = self._key.startswith("pk_test_")
        # The suffixed cookies are the better ones: the others may be of another instance on the same host.
        self._suffixes = ("_" + cookie_suffix(self._key), "")
        self._public_url = public_url
        self._secure = "; Secure" if public_url.startswith("https://") else ""
        host = frontend_api(self._key)
        self._portal = account_portal(host)
        self.script_origin = f"https://{host}"

    def keep_alive_script(self) -> str:
        """The script that renews the cookie while a page is open. `script_origin` is its source for the CSP,
        in `script-src` and `connect-src`."""
        return self.script_origin + SCRIPT_PATH

    def sign_out(self) -> SignOut:
        return SignOut(self.keep_alive_script(), self._key, self._public_url + "/", f"{self._portal}/user")

    def cookie_names(self) -> tuple[str, ...]:
        """The cookies that can hold the session token, the best first."""
        return tuple("__session" + suffix for suffix in self._suffixes)

    async def arrive(self, target: str, cookies: Mapping[str, str]) -> SignedIn | Redirect | SignInFailed:
        """What to do with a browser that asks, by GET, for a page that is not public.

        `target` is the path with its query as they were sent, not decoded.

        Raises:
            IdentityProviderUnavailable: no signing key is known, and Clerk cannot be asked.
        """
        path, _, query = _own(target).partition("?")
        page = self._public_url + path + _without_clerk(query)
        visit = _Visit(page, dict(parse_qsl(query)), cookies)
        session = await self._session(cookies)
        why = self._why_handshake(visit, session)

        # In production the handshake comes back in a cookie, which stays for a while. In development it comes
        # in the address; only there, or anybody could make a link that signs people in as somebody else.
        handshake = (visit.params if self._development else cookies).get("__clerk_handshake")
        if handshake is not None and (self._development or session.claims is None or why is not None):
            answer = await self._finish_handshake(visit, handshake)
            if answer is not None:
                return answer
        if why is not None and _number(cookies.get(HANDSHAKE_COUNT)) < MAX_REDIRECTS:
            return self._to_handshake(visit, why)
        if session.claims is not None:
            return SignedIn(session.claims)
        return self._to_sign_in(visit, session.reason)

    async def _session(self, cookies: Mapping[str, str]) -> _Session:
        reason = "The browser comes back from Clerk without a session: are cookies blocked?"
        changed_at = 0
        for suffix in self._suffixes:
            token, uat = cookies.get("__session" + suffix), cookies.get("__client_uat" + suffix)
            changed_at = max(changed_at, _number(uat))
            # 0 is what a sign-out leaves, perhaps one in another tab: the token is worth nothing any more.
            if not token or uat == "0":
                continue
            try:
                return _Session(await self._tokens.verify(token), _number(uat))
            except TokenRefused as error:
                reason = error.reason
        return _Session(None, changed_at, reason)

    def _why_handshake(self, visit: _Visit, session: _Session) -> str | None:
        """The reason to ask Clerk, in its own words, or None where the answer is known."""
        if self._development and "__clerk_db_jwt" in visit.params:
            return "dev-browser-sync"
        if session.claims is not None:
            outdated = session.claims.iat < session.changed_at
            return "session-token-iat-before-client-uat" if outdated else None
        has_token = any(visit.cookies.get(name) for name in self.cookie_names())
        if session.changed_at > 0:
            return "session-token-expired" if has_token else "client-uat-but-no-session-token"
        # In development the other cookie is SameSite=Strict: it is not sent when one comes from another site.
        knows = any(visit.cookies.get("__client_uat" + suffix) for suffix in self._suffixes)
        return "session-token-but-no-client-uat" if has_token and not knows else None

    async def _finish_handshake(self, visit: _Visit, token: str) -> Redirect | SignInFailed | None:
        """Take over the cookies that Clerk sends. None where the token is not a handshake of Clerk's."""
        try:
            brought = [one for one in await self._tokens.verify_handshake(token) if _may_set(one)][:MAX_COOKIES]
        except TokenRefused as error:
            log.warning("clerk_handshake_refused", reason=error.reason)
            return None
        reason = "Clerk says that nobody is signed in."
        for cookie in brought:
            name, _, value = cookie.partition(";")[0].partition("=")
            if name not in self.cookie_names() or not value:
                continue
            try:
                await self._tokens.verify(value)
            except TokenRefused as error:
                reason = error.reason
            else:
                return Redirect(visit.page, (*brought, self._counted(HANDSHAKE_COUNT, 0, 0)))
        return self._to_sign_in(visit, reason, tuple(brought))

    def _to_handshake(self, visit: _Visit, why: str) -> Redirect:
        suffixed = any(visit.cookies.get(name + self._suffixes[0]) for name in ("__session", "__client_uat"))
        # Not `format=nonce`, as the SDK asks for: what a nonce stands for is told only to a secret key.
        query = {
            "redirect_url": visit.page,
            "__clerk_api_version": API_VERSION,
            "suffixed_cookies": "true" if suffixed else "false",
            "__clerk_hs_reason": why,
        }
        known = [visit.cookies.get("__clerk_db_jwt" + suffix) for suffix in self._suffixes]
        dev_browser = next(filter(None, [visit.params.get("__clerk_db_jwt"), *known]), None)
        if self._development and dev_browser is not None:
            query["__clerk_db_jwt"] = dev_browser
        count = _number(visit.cookies.get(HANDSHAKE_COUNT)) + 1
        counted = self._counted(HANDSHAKE_COUNT, count, HANDSHAKE_COUNT_SECONDS)
        return Redirect(f"{self.script_origin}/v1/client/handshake?{urlencode(query)}", (counted,))

    def _to_sign_in(self, visit: _Visit, reason: str, set_cookies: tuple[str, ...] = ()) -> Redirect | SignInFailed:
        count = _number(visit.cookies.get(SIGN_IN_COUNT))
        if count >= MAX_REDIRECTS:
            log.warning("clerk_sign_in_failed", reason=reason)
            return SignInFailed(reason)
        counted = self._counted(SIGN_IN_COUNT, count + 1, SIGN_IN_COUNT_SECONDS)
        url = f"{self._portal}/sign-in?{urlencode({'redirect_url': visit.page})}"
        return Redirect(url, (*set_cookies, counted))

    def _counted(self, name: str, count: int, seconds: int) -> str:
        return f"{name}={count}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{self._secure}"


def _own(target: str) -> str:
    """`target` as it can go into an address, if it is a path of ours, else the first page."""
    ours = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return quote(target, safe="/?&=%:@!$'()*+,;~-._[]") if ours else "/"


def _without_clerk(query: str) -> str:
    """The query without Clerk's parameters: a page's own are left as they were sent."""
    named = [(unquote_plus(part.partition("=")[0]), part) for part in query.split("&") if part]
    kept = [part for name, part in named if not name.startswith("__clerk_") and name != "__dev_session"]
    return "?" + "&".join(kept) if kept else ""


def _may_set(cookie: str) -> bool:
    clerks = _CLERK_COOKIE.fullmatch(cookie.partition("=")[0]) is not None
    return clerks and cookie.isascii() and cookie.isprintable()


def _number(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,12}", text) else 0
