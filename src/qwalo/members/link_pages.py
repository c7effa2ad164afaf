"""The pages behind the link of an invitation to a workspace.

Looking changes nothing. The token proves that whoever holds it reads the mails of the invited address, as no page and
no answer shows it to anybody else; who is signed in must have that very address. Where there is no mail server, whoever
reads the mailbox in the dashboard passes the link on.
"""

from typing import Any, NamedTuple

from litestar import Controller, Request, Response, get, post

from qwalo.identity import service as identity
from qwalo.identity.authentication import Gate
from qwalo.identity.errors import AddressTaken, NotSignedIn
from qwalo.identity.host import HostFrame, HostPage
from qwalo.identity.local import sign_in
from qwalo.identity.local.sessions import Sessions
from qwalo.identity.models import User, Viewer
from qwalo.members import joining
from qwalo.members.models import Joined, role_sentence
from qwalo.members.schemas import Newcomer
from qwalo.platform.db.pool import Connection, Database
from qwalo.platform.http.injection import FromPath
from qwalo.platform.http.marks import LIMIT, PAGE, PUBLIC
from qwalo.platform.http.rate_limits import ADDRESS, LINK
from qwalo.web import forms
from qwalo.web.forms import FormErrors
from qwalo.web.redirects import see_other

AnyRequest = Request[Any, Any, Any]


class AcceptancePages(Controller):
    path = "/memberships/{token:str}"
    opt = {PAGE: True, PUBLIC: True, LIMIT: (ADDRESS, LINK)}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    db: Database
    gate: Gate
    host_frame: HostFrame
    # None where another service signs people in.
    local_sessions: Sessions | None

    @get()
    async def open_link(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        # Before there is a connection: recognising somebody may take one of its own, and ask another service.
        visitor = await self.gate.visitor(request)
        async with self.db.connection() as conn:
            return await self._show(conn, token, visitor, await _person(conn, visitor))

    @get("/acceptance")
    async def back_to_link(self, token: FromPath[str]) -> Response[str]:
        """Where a reload leads after the form below came back with errors."""
        return self._private(see_other(f"/memberships/{token}"))

    @post("/acceptance")
    async def accept(self, request: AnyRequest, token: FromPath[str]) -> Response[str]:
        visitor = await self.gate.visitor(request)
        await self.gate.check_form(request, visitor)
        async with self.db.transaction() as conn:
            person = await _person(conn, visitor)
            if person is not None:
                return self._welcome(person, await joining.accept(conn, token, person.user))
        if self.local_sessions is None:
            # Signed out meanwhile: the page says how to go on.
            return self._private(see_other(f"/memberships/{token}"))
        return await self._take_in(self.local_sessions, token, visitor, forms.values_of(await request.form()))

    async def _take_in(
        self, sessions: Sessions, token: str, visitor: Viewer | None, values: dict[str, str]
    ) -> Response[str]:
        """Somebody new: the account, the session and the membership come in one step, or not at all."""
        try:
            name = forms.read(values, Newcomer).name
            async with self.db.transaction() as conn:
                user, joined = await joining.accept_as_newcomer(conn, token, name)
        except forms.InvalidForm as invalid:
            async with self.db.connection() as conn:
                return await self._show(conn, token, visitor, None, values=values, errors=invalid.errors)
        except AddressTaken:
            return self._private(see_other(f"/memberships/{token}"))
        session = sessions.start(user.id)
        response = self._welcome(Person(await sessions.recognise(session), user), joined)
        response.set_cookie(sessions.cookie_of(session))
        return response

    async def _show(
        self,
        conn: Connection,
        token: str,
        visitor: Viewer | None,
        person: "Person | None",
        *,
        values: dict[str, str] | None = None,
        errors: FormErrors | None = None,
    ) -> Response[str]:
        invitation = await joining.open_invitation(conn, token)
        user = person.user if person else None
        local = self.local_sessions is not None
        response = self.host_frame.templates.render(
            "members/invitation.html",
            status=422 if errors else 200,
            token=token,
            invitation=invitation,
            role_sentence=role_sentence(invitation.role),
            user=user,
            fits=user is not None and invitation.is_for(user.email),
            newcomer=user is None and local and not await sign_in.is_known(conn, invitation.email),
            local_sign_in=local,
            # Of the session, though its account may be gone: the form is checked by it.
            csrf=self.host_frame.form_tokens.token(visitor.session) if visitor else "",
            values=values or {},
            errors=errors or FormErrors(),
        )
        return self._private(response)

    def _welcome(self, person: "Person", joined: Joined) -> Response[str]:
        if joined.was_member:
            text = f"You are in “{joined.workspace_name}” already. Your role is {joined.role}."
        else:
            text = f"You have joined “{joined.workspace_name}” as {joined.role}."
        page = HostPage(self.host_frame, person.viewer, person.user, None)
        return self._private(page.redirect(f"/dashboard/workspaces/{joined.workspace_id}", text))

    def _private(self, response: Response[str]) -> Response[str]:
        """The address holds the token, of which no other site may learn.

        With `no-referrer`, a browser does not say either that a form is ours, unless the server is on https.
        """
        response.headers["Referrer-Policy"] = "no-referrer" if self.host_frame.settings.secure else "same-origin"
        return response


class Person(NamedTuple):
    """Who is signed in."""

    viewer: Viewer
    user: User


async def _person(conn: Connection, viewer: Viewer | None) -> Person | None:
    """None also where the account of the session was deleted."""
    if viewer is None:
        return None
    try:
        return Person(viewer, await identity.get_user(conn, viewer))
    except NotSignedIn:
        return None
