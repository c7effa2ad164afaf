"""Pages of sign-in through Clerk: the way to Clerk's own sign-in page and back, and signing out."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp

from qwalo.identity.clerk.browser import ClerkBrowser, Redirect, SignedIn, SignInFailed
from qwalo.identity.clerk_sessions import ClerkSessions
from qwalo.identity.errors import NotSignedIn
from qwalo.platform.http.marks import PAGE, PUBLIC
from qwalo.web.redirects import own_path, see_other
from qwalo.web.rendering import Templates

AnyRequest = Request[Any, Any, Any]


class ClerkPages(Controller):
    opt = {PAGE: True, PUBLIC: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    templates: Templates
    clerk_browser: ClerkBrowser
    clerk_sessions: ClerkSessions

    @get("/sign-in")
    async def sign_in(self, request: AnyRequest) -> ASGIApp:
        target = request.query_params.get("next", "/dashboard")
        match await self.clerk_browser.arrive(target, request.cookies):
            case SignedIn(claims=claims):
                try:
                    await self.clerk_sessions.viewer_of(claims)
                except NotSignedIn:
                    # A person whom Clerk has deleted: the page asked for would only lead back to this one.
                    return self._failed(request, 403)
                return see_other(own_path(target)).to_asgi_response(None, request)
            case Redirect(url=url, set_cookies=cookies):
                headers = [
                    ("location", url),
                    ("cache-control", "no-store"),
                    *(("set-cookie", cookie) for cookie in cookies),
                ]
                return ASGIResponse(status_code=307, headers=headers)
            case SignInFailed():
                return self._failed(request, 503)

    @post("/sign-out")
    async def sign_out(self) -> Response[str]:
        return self.templates.render("identity/clerk_sign_out.html", sign_out=self.clerk_browser.sign_out())

    def _failed(self, request: AnyRequest, status: int) -> ASGIApp:
        return self.templates.render("identity/clerk_failed.html", status=status).to_asgi_response(None, request)
