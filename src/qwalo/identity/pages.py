"""Pages of local sign-in: ask for a link, use one, sign out. Looking at a link does not use it up."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie

from qwalo.identity.authentication import Gate
from qwalo.identity.errors import AddressTaken
from qwalo.identity.local import sign_in
from qwalo.identity.local.links import SignInLinks
from qwalo.identity.local.sessions import Sessions
from qwalo.identity.schemas import Profile, SignInRequest
from qwalo.platform.db.pool import Database
from qwalo.platform.http.injection import FromPath
from qwalo.platform.http.marks import LIMIT, PAGE, PUBLIC
from qwalo.platform.http.rate_limits import ADDRESS, LINK, SIGN_IN, SIGN_IN_MAIL, RateLimits
from qwalo.web import forms
from qwalo.web.redirects import FRONT, own_path, see_other
from qwalo.web.rendering import Templates

AnyRequest = Request[Any, Any, Any]

NEXT = "qwalo_next"
NEXT_SECONDS = 30 * 60


class LocalSignInPages(Controller):
    opt = {PAGE: True, PUBLIC: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    templates: Templates
    db: Database
    gate: Gate
    rate_limits: RateLimits
    sign_in_links: SignInLinks
    sessions: Sessions

    @get("/sign-in")
    async def ask_for_link(self, request: AnyRequest) -> Response[str]:
        response = self.templates.render("identity/sign_in.html", values={}, sent_to=None)
        if "next" in request.query_params:
            # The link comes by mail or from the terminal; the browser remembers where it was going.
            response.set_cookie(self._next_cookie(own_path(request.query_params["next"])))
        return response

    @post("/sign-in", opt={LIMIT: (ADDRESS, SIGN_IN)})
    async def send_link(self, request: AnyRequest) -> Response[str]:
        self.gate.refuse_foreign(request)
        values = forms.values_of(await request.form())
        try:
            email = forms.read(values, SignInRequest).email
        except forms.InvalidForm as invalid:
            return self.templates.render(
                "identity/sign_in.html", status=422, values=values, sent_to=None, errors=invalid.errors
            )
        # Counted for known and unknown addresses alike, so that this tells nothing either.
        await self.rate_limits.count(request.scope, SIGN_IN_MAIL, email.lower())
        async with self.db.transaction() as conn:
            await sign_in.request_link(conn, self.sign_in_links, email)
        # Known or not, the answer is the same.
        return self.templates.render("identity/sign_in.html", values={}, sent_to=email)

    @get("/sign-in/{token:str}", opt={LIMIT: (ADDRESS, LINK)})
    async def look_at_link(self, token: FromPath[str]) -> Response[str]:
        async with self.db.connection() as conn:
            user = await sign_in.look_at_link(conn, token)
        return self.templates.render("identity/sign_in_link.html", token=token, user=user, values={})

    @post("/sign-in/{token:str}", opt={LIMIT: (ADDRESS, LINK)})
    async def use_link(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        self.gate.refuse_foreign(request)
        values = forms.values_of(await request.form())
        try:
            profile = forms.read(values, Profile)
            async with self.db.transaction() as conn:
                user_id = await sign_in.use_link(conn, token, email=profile.email, name=profile.name)
        except forms.InvalidForm as invalid:
            errors = invalid.errors
        except AddressTaken as taken:
            errors = forms.FormErrors(email=str(taken))
        else:
            path = own_path(request.cookies.get(NEXT, FRONT))
            forget = self._next_cookie("", max_age=0)
            return see_other(path, self.sessions.cookie_of(self.sessions.start(user_id)), forget)
        async with self.db.connection() as conn:
            user = await sign_in.look_at_link(conn, token)
        return self.templates.render(
            "identity/sign_in_link.html", status=422, token=token, user=user, values=values, errors=errors
        )

    def _next_cookie(self, path: str, max_age: int = NEXT_SECONDS) -> Cookie:
        secure = self.sessions.secure
        return Cookie(NEXT, path="/", value=path, max_age=max_age, httponly=True, secure=secure, samesite="lax")


class SignOutPage(Controller):
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    sessions: Sessions

    @post("/sign-out")
    async def sign_out(self) -> Response[str]:
        return see_other("/sign-in", self.sessions.cookie_of("", max_age=0))
