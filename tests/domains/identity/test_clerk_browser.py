"""How a browser is led to Clerk and back."""

from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from qwalo.identity.clerk.addresses import cookie_suffix
from qwalo.identity.clerk.browser import ClerkBrowser, Redirect, SignedIn, SignInFailed
from qwalo.identity.clerk.keys import PemKey
from qwalo.identity.clerk.tokens import ClerkTokens
from tests.clerk import ClerkStandIn, user_id

NOW = 1_800_000_000
DEV = ClerkStandIn(now=lambda: NOW)
LIVE = ClerkStandIn(production=True, public_url="https://qwalo.example.com", now=lambda: NOW)
OTHER = ClerkStandIn(now=lambda: NOW)
SUFFIX = "_" + cookie_suffix(DEV.publishable_key)
EXPIRED = DEV.token(exp=NOW - 60)
SIGN_IN = "https://clever-hawk-12.accounts.dev/sign-in"


def browser(clerk: ClerkStandIn) -> ClerkBrowser:
    tokens = ClerkTokens(clerk.settings(), PemKey(clerk.pem()), now=clerk.now)
    return ClerkBrowser(clerk.settings(), tokens, clerk.public_url)


async def redirect(target: str, cookies: Mapping[str, str], clerk: ClerkStandIn = DEV) -> Redirect:
    answer = await browser(clerk).arrive(target, cookies)
    assert isinstance(answer, Redirect)
    return answer


def split(url: str) -> tuple[str, dict[str, str]]:
    address, _, query = url.partition("?")
    return address, {name: values[0] for name, values in parse_qs(query).items()}


@pytest.mark.parametrize("name", ["__session", "__session" + SUFFIX])
async def test_a_valid_session_cookie_signs_in(name: str) -> None:
    """Either form of the cookie is read, whether or not the other cookies are there."""
    answer = await browser(DEV).arrive("/dashboard", {name: DEV.token()})
    assert isinstance(answer, SignedIn)
    assert answer.claims.sub == user_id(1)


async def test_the_suffixed_cookie_wins() -> None:
    """Another instance on the same host cannot push its person in."""
    cookies = {"__session": DEV.token(2), "__session" + SUFFIX: DEV.token(1)}
    answer = await browser(DEV).arrive("/", cookies)
    assert isinstance(answer, SignedIn)
    assert answer.claims.sub == user_id(1)


async def test_a_cookie_of_another_instance_does_not_hide_ours() -> None:
    """Where the better cookie is not valid, the other one is tried."""
    cookies = {"__session" + SUFFIX: OTHER.token(), "__session": DEV.token()}
    assert isinstance(await browser(DEV).arrive("/", cookies), SignedIn)


async def test_a_stranger_is_led_to_the_sign_in_page_and_back() -> None:
    """Without any cookie the browser goes to Clerk's page, which knows our page to come back to."""
    answer = await redirect("/dashboard/workspaces/c1?tab=a%26b&q=%C3%A9", {})
    address, query = split(answer.url)
    assert address == SIGN_IN
    assert query == {"redirect_url": "http://localhost:8000/dashboard/workspaces/c1?tab=a%26b&q=%C3%A9"}


async def test_in_production_the_sign_in_page_is_on_the_own_domain() -> None:
    """The account portal is `accounts.` beside the frontend API's `clerk.`."""
    answer = await redirect("/", {}, LIVE)
    assert split(answer.url)[0] == "https://accounts.example.com/sign-in"
    assert answer.set_cookies[0].endswith("; Secure")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "@evil.example",
        "",
        "javascript:alert(1)",
    ],
    ids=["two slashes", "backslash", "address", "user", "empty", "script"],
)
async def test_only_our_own_pages_are_come_back_to(target: str) -> None:
    """A target that is not a plain path of ours becomes the first page."""
    answer = await redirect(target, {})
    assert split(answer.url)[1] == {"redirect_url": "http://localhost:8000/"}


async def test_a_line_break_in_the_target_stays_in_the_address() -> None:
    """No header can be injected through the path."""
    answer = await redirect(f"/a\r\nSet-Cookie: x=1?__clerk_handshake={DEV.handshake(session())}", {})
    assert answer.url == "http://localhost:8000/a%0D%0ASet-Cookie:%20x=1"


@pytest.mark.parametrize(
    ("clerk", "cookies", "reason"),
    [
        (DEV, {"__session": EXPIRED, "__client_uat": "1700000000"}, "session-token-expired"),
        (DEV, {"__client_uat": "1700000000"}, "client-uat-but-no-session-token"),
        (LIVE, {"__client_uat": "1700000000"}, "client-uat-but-no-session-token"),
        (DEV, {"__session": EXPIRED}, "session-token-but-no-client-uat"),
        (
            DEV,
            {"__session": DEV.token(), "__client_uat": str(NOW + 1)},
            "session-token-iat-before-client-uat",
        ),
    ],
    ids=["expired", "no session", "no session, production", "no client_uat", "changed since"],
)
async def test_a_browser_that_is_signed_in_at_clerk_gets_a_new_cookie_there(
    clerk: ClerkStandIn, cookies: dict[str, str], reason: str
) -> None:
    """An old cookie is renewed by the handshake, without a sign-in page."""
    address, query = split((await redirect("/dashboard?a=1", cookies, clerk)).url)
    assert address == f"https://{clerk.frontend_api}/v1/client/handshake"
    assert query == {
        "redirect_url": f"{clerk.public_url}/dashboard?a=1",
        "__clerk_api_version": "2025-11-10",
        "suffixed_cookies": "false",
        "__clerk_hs_reason": reason,
    }


async def test_coming_from_the_sign_in_page_in_development_begins_with_a_handshake() -> None:
    """The development browser's token goes to Clerk, and not into the address to come back to."""
    answer = await redirect("/?__clerk_db_jwt=dvb_1&a=1", {"__client_uat" + SUFFIX: "0"})
    query = split(answer.url)[1]
    assert query["__clerk_db_jwt"] == "dvb_1"
    assert query["redirect_url"] == "http://localhost:8000/?a=1"
    assert query["suffixed_cookies"] == "true"
    assert query["__clerk_hs_reason"] == "dev-browser-sync"


async def test_in_production_a_development_token_in_the_address_means_nothing() -> None:
    """The parameters of development are not read elsewhere."""
    answer = await redirect("/?__clerk_db_jwt=dvb_1", {}, LIVE)
    assert split(answer.url) == (
        "https://accounts.example.com/sign-in",
        {"redirect_url": "https://qwalo.example.com/"},
    )


async def test_a_sign_out_in_another_tab_counts_at_once() -> None:
    """A token that has not run out is not accepted where Clerk's cookie says signed out."""
    answer = await redirect("/", {"__session": DEV.token(), "__client_uat": "0"})
    assert split(answer.url)[0] == SIGN_IN


def session(clerk: ClerkStandIn = DEV) -> str:
    return f"__session={clerk.token()}; Path=/; SameSite=Lax"


async def test_the_handshake_brings_cookies_and_a_clean_address() -> None:
    """In development it comes in the address, and is gone from it with the cookies set."""
    token = DEV.handshake(session(), "__client_uat=1700000000; Path=/")
    answer = await redirect(f"/dashboard?a=%20b&__clerk_handshake={token}&__clerk_help=1", {})
    assert answer.url == "http://localhost:8000/dashboard?a=%20b"
    assert answer.set_cookies[:2] == (session(), "__client_uat=1700000000; Path=/")


async def test_in_production_the_handshake_comes_in_a_cookie() -> None:
    """The same page is asked for again, with the cookies set, and then is signed in."""
    cookies = {"__clerk_handshake": LIVE.handshake(session(LIVE)), "__client_uat": "1700000000"}
    answer = await redirect("/dashboard", cookies, LIVE)
    assert answer.url == "https://qwalo.example.com/dashboard"
    cookies["__session"] = LIVE.token()
    assert isinstance(await browser(LIVE).arrive("/dashboard", cookies), SignedIn)


async def test_in_production_a_handshake_in_the_address_is_ignored() -> None:
    """Nobody is signed in as somebody else by opening a link."""
    answer = await redirect(f"/?__clerk_handshake={LIVE.handshake(session(LIVE))}", {}, LIVE)
    assert urlsplit(answer.url).hostname == "accounts.example.com"
    assert not any(cookie.startswith("__session") for cookie in answer.set_cookies)


@pytest.mark.parametrize(
    "cookie",
    [
        "__Host-qwalo=1; Path=/",
        "__session_of_mine=1",
        "__sessionx=1",
        "qwalo__session=1",
        "__clerk_redirect_count=0",
        "__session=a\r\nLocation: https://evil.example",
        "__session=\u00e9",
        "",
    ],
    ids=["ours", "suffix", "longer", "prefix", "count", "line break", "not ASCII", "empty"],
)
async def test_only_cookies_of_clerk_are_taken_over(cookie: str) -> None:
    """A handshake sets the cookies that Clerk has, and no other."""
    answer = await redirect(f"/?__clerk_handshake={DEV.handshake(cookie, session())}", {})
    assert [one.partition("=")[0] for one in answer.set_cookies] == ["__session", "__clerk_redirect_count"]


@pytest.mark.parametrize("token", [OTHER.handshake(session()), DEV.token(), "x", ""], ids=str.__len__)
async def test_a_forged_handshake_sets_no_cookie(token: str) -> None:
    """What Clerk's handshake did not sign is as if it were not there."""
    answer = await redirect(f"/?__clerk_handshake={token}", {})
    assert split(answer.url) == (SIGN_IN, {"redirect_url": "http://localhost:8000/"})
    assert not any(cookie.startswith("__session") for cookie in answer.set_cookies)


async def test_a_handshake_of_nobody_leads_to_the_sign_in_page() -> None:
    """Where Clerk says signed out, its cookies are taken over on the way to the sign-in page."""
    token = DEV.handshake("__session=; Max-Age=0", "__client_uat=0; Path=/")
    answer = await redirect(f"/?__clerk_handshake={token}", {"__client_uat": "1700000000"})
    assert split(answer.url)[0] == SIGN_IN
    assert answer.set_cookies[:2] == ("__session=; Max-Age=0", "__client_uat=0; Path=/")


def taken_over(cookies: dict[str, str], answer: Redirect) -> None:
    for cookie in answer.set_cookies:
        name, _, value = cookie.partition(";")[0].partition("=")
        cookies[name] = value


async def test_a_handshake_that_never_helps_ends_at_the_sign_in_page() -> None:
    """A browser that keeps no cookie of Clerk's is sent there three times, and not for ever."""
    cookies = {"__client_uat": "1700000000"}
    hosts = []
    for _ in range(4):
        answer = await redirect("/", cookies)
        hosts.append(urlsplit(answer.url).hostname)
        taken_over(cookies, answer)
    assert hosts == ["clever-hawk-12.clerk.accounts.dev"] * 3 + ["clever-hawk-12.accounts.dev"]


async def test_a_session_that_we_always_refuse_ends_with_its_reason() -> None:
    """A forgotten CLERK_AUTHORIZED_PARTIES shows an error that names it, not an endless loop."""
    cookies = {"__session": DEV.token(azp="https://elsewhere.example"), "__client_uat": "1700000000"}
    for _ in range(6):
        taken_over(cookies, await redirect("/", cookies))
    answer = await browser(DEV).arrive("/", cookies)
    assert isinstance(answer, SignInFailed)
    assert "CLERK_AUTHORIZED_PARTIES" in answer.reason


async def test_a_valid_session_is_used_where_clerk_gives_no_newer_one() -> None:
    """After three handshakes in a row the valid session counts."""
    cookies = {"__session": DEV.token(), "__client_uat": str(NOW + 1), "__clerk_redirect_count": "3"}
    assert isinstance(await browser(DEV).arrive("/?__clerk_db_jwt=dvb_1", cookies), SignedIn)


@pytest.mark.parametrize("count", ["-1", "x", "9" * 400, ""])
async def test_an_odd_counter_does_no_harm(count: str) -> None:
    """Cookies come from the browser, and can hold anything."""
    cookies = {"__clerk_redirect_count": count, "__qwalo_sign_in_count": count, "__client_uat": "1"}
    assert split((await redirect("/", cookies)).url)[0].endswith("/v1/client/handshake")


def test_the_sign_out_page_ends_the_session_with_clerks_script() -> None:
    """Script, key, the page afterwards and the page for browsers without scripts."""
    out = browser(LIVE).sign_out()
    assert out.script == "https://clerk.example.com/npm/@clerk/clerk-js@5/dist/clerk.headless.browser.js"
    assert out.script == browser(LIVE).keep_alive_script()
    assert out.script.startswith(browser(LIVE).script_origin + "/")
    assert (out.return_url, out.account_url) == (
        "https://qwalo.example.com/",
        "https://accounts.example.com/user",
    )
