"""Composes the application: the one place that knows every domain."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Controller, Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide

from qwalo.calls import history
from qwalo.calls.controller import CallController
from qwalo.calls.conversation import Conversations
from qwalo.calls.join_pages import JoinPages
from qwalo.calls.observing import ObserverLinks
from qwalo.calls.pages import CallPages
from qwalo.calls.room_pages import HostRoomPages, ObserverPages
from qwalo.calls.signalling import Signalling
from qwalo.calls.socket import HostSocket, InviteeSocket, ObserverSocket
from qwalo.calls.waiting_pages import WaitingPages
from qwalo.identity.authentication import FormTokens, Gate
from qwalo.identity.composition import SignIn, clerk_sign_in, local_sign_in
from qwalo.identity.controller import AccountController
from qwalo.identity.host import HostFrame
from qwalo.interviews.controller import InterviewController
from qwalo.interviews.pages import InterviewPages
from qwalo.invitees.controller import InviteeController
from qwalo.invitees.inviting import Inviting
from qwalo.invitees.link_cookies import InviteCookies
from qwalo.invitees.link_pages import AcceptanceController, LinkPages
from qwalo.invitees.links import Links
from qwalo.invitees.pages import InviteePages
from qwalo.mailbox.pages import MailboxPages
from qwalo.platform import logging
from qwalo.platform.db.pool import Database
from qwalo.platform.http.controllers import given
from qwalo.platform.http.health import HealthController
from qwalo.platform.http.media_types import JsonBodies
from qwalo.platform.http.methods import complete_allow
from qwalo.platform.http.openapi import OpenAPIController, openapi_config
from qwalo.platform.http.rendering import error_handler
from qwalo.platform.http.security_headers import add_security_headers
from qwalo.platform.mail.mailbox import LocalMailbox
from qwalo.platform.processes import call_when_told_to_stop, stop_with_parent
from qwalo.platform.realtime.changes import Changes
from qwalo.settings import Settings, load
from qwalo.web.documentation import DocumentationPages
from qwalo.web.errors import error_page, wants_page
from qwalo.web.rendering import Templates
from qwalo.web.static_files import StaticController
from qwalo.workspaces.controller import WorkspaceController
from qwalo.workspaces.pages import WorkspacePages

_CONTROLLERS: list[type[Controller]] = [
    HealthController,
    StaticController,
    OpenAPIController,
    AccountController,
    WorkspaceController,
    InterviewController,
    InviteeController,
    AcceptanceController,
    CallController,
    HostSocket,
    InviteeSocket,
    ObserverSocket,
]

MAX_BODY = 1024 * 1024
DOMAINS_WITH_TEMPLATES = ("identity", "workspaces", "interviews", "invitees", "mailbox", "calls")


def create_app(settings: Settings, database_url: str) -> Litestar:
    """The application of one server process."""
    db = Database(database_url)
    changes = Changes(database_url)
    signalling = Signalling(db, database_url, changes)
    links = Links(settings.secret_key, settings.public_url)
    sign_in = _sign_in(settings, db)
    templates = Templates(DOMAINS_WITH_TEMPLATES, clerk=sign_in.clerk_script)
    form_tokens = FormTokens(settings.secret_key)
    gate = Gate(sign_in.authenticator, form_tokens, (settings.public_url, *settings.cors_origins))
    frame = HostFrame(settings, db, templates, form_tokens)
    shared = {
        "settings": settings,
        "db": db,
        "changes": changes,
        "gate": gate,
        "templates": templates,
        "links": links,
        "inviting": Inviting(db, links),
        # A plain function would be bound to the controller that asks for it.
        "calls_of": staticmethod(history.calls_of_interview),
        "conversations": Conversations(db, signalling, settings.ice),
        "observer_links": ObserverLinks(settings.secret_key, settings.public_url),
        "invite_cookies": InviteCookies(settings.secret_key, secure=settings.secure),
        "mailbox": LocalMailbox(settings.data_dir / "mailbox"),
        **sign_in.shared,
    }

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await db.open()
        changes.start()
        await signalling.start()
        _quiet_collector()
        yield
        await signalling.stop()
        await changes.stop()
        await db.close()

    return Litestar(
        route_handlers=[
            *(given(controller, shared) for controller in [*_CONTROLLERS, *_pages(settings), *sign_in.controllers]),
        ],
        middleware=[gate, JsonBodies()],
        dependencies={"page": Provide(frame.provider())},
        exception_handlers={Exception: error_handler(wants_page, error_page(templates))},
        cors_config=_cors(settings),
        openapi_config=openapi_config(settings.public_url),
        before_send=[add_security_headers, complete_allow],
        request_max_body_size=MAX_BODY,
        state=State({"changes": changes}),
        lifespan=[lifespan],
        logging_config=None,
        debug=False,
    )


def create_process_app() -> Litestar:
    """What the server's processes call; `qwalo serve` hands everything over in the environment."""
    logging.configure()
    stop_with_parent()
    settings = load()
    assert settings.database_url is not None
    app = create_app(settings, settings.database_url)
    changes: Changes = app.state.changes
    app.on_startup.append(lambda: call_when_told_to_stop(changes.end_subscriptions))
    if settings.socket_port is not None:
        # Loaded by those who use it: most installations serve everything at one port.
        from qwalo.platform.socket_server import SocketServer

        sockets = SocketServer(app, settings.host, settings.socket_port)
        app.on_startup.append(sockets.start)
        app.on_shutdown.append(sockets.stop)
    return app


def _sign_in(settings: Settings, db: Database) -> SignIn:
    if settings.clerk is not None:
        return clerk_sign_in(settings.clerk, settings.public_url, db)
    return local_sign_in(settings)


def _pages(settings: Settings) -> list[type[Controller]]:
    pages: list[type[Controller]] = [
        DocumentationPages,
        WorkspacePages,
        InterviewPages,
        InviteePages,
        CallPages,
        LinkPages,
        JoinPages,
        HostRoomPages,
        ObserverPages,
        WaitingPages,
    ]
    # Where mails are really sent, none is kept.
    return pages if settings.smtp else [*pages, MailboxPages]


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["Link", "Retry-After"],
    )


def _quiet_collector() -> None:
    """A full collection of this process takes 36 ms here, which every request under way waits for.

    What is there after the start stays for ever, so the collector need not look at it; garbage in cycles is rare.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
