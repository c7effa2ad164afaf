"""The two ways to sign in, each as what the application needs of it. They exclude each other."""

from typing import Any

import msgspec
from litestar import Controller

from qwalo.identity.authentication import Authenticator
from qwalo.identity.clerk.browser import ClerkBrowser
from qwalo.identity.clerk.events import ClerkWebhooks
from qwalo.identity.clerk.keys import signing_keys
from qwalo.identity.clerk.tokens import ClerkTokens
from qwalo.identity.clerk_pages import ClerkPages
from qwalo.identity.clerk_sessions import ClerkSessions
from qwalo.identity.hooks import ClerkHookController
from qwalo.identity.local.links import SignInLinks
from qwalo.identity.local.sessions import Sessions
from qwalo.identity.pages import LocalSignInPages, SignOutPage
from qwalo.identity.syncing import Organizations
from qwalo.platform.db.pool import Database
from qwalo.settings import ClerkSettings, Settings
from qwalo.web.rendering import ClerkScript


class SignIn(msgspec.Struct, frozen=True):
    authenticator: Authenticator
    controllers: list[type[Controller]]
    shared: dict[str, Any]
    clerk_script: ClerkScript | None


def local_sign_in(settings: Settings) -> SignIn:
    sessions = Sessions(settings.secret_key, secure=settings.secure)
    return SignIn(
        authenticator=sessions,
        controllers=[LocalSignInPages, SignOutPage],
        shared={
            "sessions": sessions,
            "sign_in_links": SignInLinks(settings.secret_key, settings.public_url),
        },
        clerk_script=None,
    )


def clerk_sign_in(clerk: ClerkSettings, public_url: str, db: Database, organizations: Organizations) -> SignIn:
    """Raises SettingsError: a key is not one that Clerk shows."""
    tokens = ClerkTokens(clerk, signing_keys(clerk))
    browser = ClerkBrowser(clerk, tokens, public_url)
    sessions = ClerkSessions(tokens, browser, db, organizations)
    controllers: list[type[Controller]] = [ClerkPages]
    shared: dict[str, Any] = {"clerk_browser": browser, "clerk_sessions": sessions}
    if clerk.webhook_secret is not None:
        controllers.append(ClerkHookController)
        shared["clerk_webhooks"] = ClerkWebhooks(clerk.webhook_secret)
        shared["organizations"] = organizations
    return SignIn(
        authenticator=sessions,
        controllers=controllers,
        shared=shared,
        clerk_script=ClerkScript(
            address=browser.keep_alive_script(), origin=browser.script_origin, key=clerk.publishable_key
        ),
    )
