"""Pages of sign-in through Clerk: the way to Clerk's own sign-in page and back, and signing out."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.response.base import ASGIResponse

from qwalo.identity.clerk.browser import ClerkBrowser, Redirect, SignedIn, SignInFailed
from qwalo.identity.clerk_sessions import ClerkSessions
from qwalo.identity.errors import NotSignedIn
from qwalo.platform.http.marks import PAGE, PUBLIC
from qwalo.web.redirects import see_other
from qwalo.web.rendering import Templates

AnyRequest = Request[Any, Any, Any]


class ClerkPages(Controller):
    opt = {PAGE: True, PUBLIC: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    templates: Templates
    clerk_browser: ClerkBrowser
    clerk_sessions: ClerkSessions

    @get("/sign-in")
    async def sign_in(self, request: AnyRequest) -> Response[str] | ASGIResponse:
        target = request.query_params.get("next", "/dashboard")
        match await self.clerk_browser.arrive(target, request.cookies):
            case SignedIn(claims=claims):
                try:
                    await self.clerk_sessions.viewer_of(claims)
                except NotSignedIn:
                    # A person whom Clerk has deleted: the page asked for would only lead back to this one.
                    return self.templates.render("identity/clerk_failed.html", status=403)
                # Only a path of ours: the browser's own idea of an address beginning with // is another host.
                path = target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/dashboard"
                return see_other(path)
            case Redirect(url=url, set_cookies=cookies):
                headers = [
                    ("location", url),
                    ("cache-control", "no-store"),
                    *(("set-cookie", cookie) for cookie in cookies),
                ]
                return ASGIResponse(status_code=307, headers=headers)
            case SignInFailed():
                return self.templates.render("identity/clerk_failed.html", status=503)

    @post("/sign-out")
    async def sign_out(self) -> Response[str]:
        return self.templates.render("identity/clerk_sign_out.html", sign_out=self.clerk_browser.sign_out())
