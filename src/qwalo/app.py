"""Composes the application: the one place that knows every domain."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Controller, Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import State
from litestar.di import Provide

from qwalo.api_keys.authenticating import ApiKeys
from qwalo.api_keys.controller import ApiKeyController
from qwalo.api_keys.makers import KeysOfMakers
from qwalo.api_keys.pages import ApiKeyPages
from qwalo.audit.controller import AuditController
from qwalo.audit.pages import AuditPages
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
from qwalo.members.change_pages import MemberChangePages
from qwalo.members.controller import MemberController, OwnershipTransferController
from qwalo.members.link_pages import AcceptancePages
from qwalo.members.links import MembershipLinks
from qwalo.members.pages import MemberPages, OwnershipTransferPages
from qwalo.organizations import syncing as organizations
from qwalo.organizations.pages import OrganizationPages
from qwalo.platform import logging
from qwalo.platform.db.pool import Database
from qwalo.platform.http.controllers import given
from qwalo.platform.http.health import HealthController
from qwalo.platform.http.idempotency import Idempotency
from qwalo.platform.http.media_types import JsonBodies
from qwalo.platform.http.methods import complete_allow
from qwalo.platform.http.openapi import OpenAPIController, openapi_config
from qwalo.platform.http.rate_limits import AddressLimits, CredentialLimits, RateLimits
from qwalo.platform.http.rendering import error_handler
from qwalo.platform.http.security_headers import add_security_headers
from qwalo.platform.http.watching import Watching
from qwalo.platform.mail.mailbox import LocalMailbox
from qwalo.platform.processes import call_when_told_to_stop, stop_with_parent
from qwalo.platform.realtime.changes import Changes
from qwalo.settings import Settings, load
from qwalo.web.documentation import DocumentationPages
from qwalo.web.errors import error_page, wants_page
from qwalo.web.rendering import Templates
from qwalo.web.static_files import StaticController
from qwalo.webhooks.controller import WebhookController
from qwalo.webhooks.form_pages import WebhookFormPages
from qwalo.webhooks.pages import WebhookPages
from qwalo.webhooks.service import WebhookRules
from qwalo.workspaces.access import standing
from qwalo.workspaces.controller import WorkspaceController
from qwalo.workspaces.pages import WorkspacePages
from qwalo.workspaces.roles import may_by_name

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
    MemberController,
    OwnershipTransferController,
    ApiKeyController,
    AuditController,
    WebhookController,
    HostSocket,
    InviteeSocket,
    ObserverSocket,
]

MAX_BODY = 1024 * 1024
DOMAINS_WITH_TEMPLATES = (
    *("identity", "workspaces", "interviews", "invitees", "mailbox", "calls"),
    *("members", "api_keys", "audit", "webhooks", "organizations"),
)


def create_app(settings: Settings, database_url: str) -> Litestar:
    """The application of one server process."""
    db = Database(database_url)
    changes = Changes(database_url)
    signalling = Signalling(db, database_url, changes)
    links = Links(settings.secret_key, settings.public_url)
    sign_in = _sign_in(settings, db)
    templates = Templates(DOMAINS_WITH_TEMPLATES, clerk=sign_in.clerk_script, functions={"may": may_by_name})
    form_tokens = FormTokens(settings.secret_key)
    origins = (settings.public_url, *settings.cors_origins)
    gate = Gate(sign_in.authenticator, ApiKeys(db), form_tokens, origins)
    frame = HostFrame(settings, db, templates, form_tokens)
    handle_error = error_handler(wants_page, error_page(templates))
    limits = RateLimits(db, settings.limits)
    watching = Watching(settings, db)
    shared = {
        "settings": settings,
        "db": db,
        "changes": changes,
        "gate": gate,
        "templates": templates,
        "links": links,
        "membership_links": MembershipLinks(settings.secret_key, settings.public_url),
        "host_frame": frame,
        "local_sessions": sign_in.shared.get("sessions"),
        "rate_limits": limits,
        "inviting": Inviting(db, links),
        # A plain function would be bound to the controller that asks for it.
        "calls_of": staticmethod(history.calls_of_interview),
        "keys_of_members": KeysOfMakers(),
        "conversations": Conversations(db, signalling, settings.ice),
        "observer_links": ObserverLinks(settings.secret_key, settings.public_url),
        "invite_cookies": InviteCookies(settings.secret_key, secure=settings.secure),
        "webhook_rules": WebhookRules(settings.secret_key, private_addresses=settings.webhook_private_addresses),
        "mailbox": LocalMailbox(settings.data_dir / "mailbox"),
        **sign_in.shared,
        **watching.shared,
    }

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await db.open()
        changes.start()
        await signalling.start()
        watching.start()
        _quiet_collector()
        yield
        watching.stop()
        await signalling.stop()
        await changes.stop()
        await db.close()

    controllers = [*_CONTROLLERS, *_pages(settings), *sign_in.controllers, *watching.controllers]
    app = Litestar(
        route_handlers=[given(controller, shared) for controller in controllers],
        middleware=[
            AddressLimits(limits),
            gate,
            CredentialLimits(limits),
            Idempotency(db, settings.secret_key, handle_error, standing),
            JsonBodies(),
        ],
        dependencies={"page": Provide(frame.provider())},
        exception_handlers={Exception: handle_error},
        cors_config=_cors(settings),
        openapi_config=openapi_config(settings.public_url),
        before_send=[add_security_headers, limits.add_headers, complete_allow],
        request_max_body_size=MAX_BODY,
        state=State({"changes": changes}),
        lifespan=[lifespan],
        logging_config=None,
        debug=False,
    )
    app.asgi_handler = watching.around(app.asgi_handler)
    return app


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
        return clerk_sign_in(settings.clerk, settings.public_url, db, organizations)
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
        MemberPages,
        MemberChangePages,
        OwnershipTransferPages,
        AcceptancePages,
        ApiKeyPages,
        AuditPages,
        WebhookPages,
        WebhookFormPages,
    ]
    if settings.clerk is not None:
        pages.append(OrganizationPages)
    # Where mails are really sent, none is kept.
    return pages if settings.smtp else [*pages, MailboxPages]


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
        expose_headers=["Link", "Retry-After", "X-Request-Id", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy"],
    )


def _quiet_collector() -> None:
    """A full collection of this process takes 36 ms here, which every request under way waits for.

    What is there after the start stays for ever, so the collector need not look at it; garbage in cycles is rare.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
