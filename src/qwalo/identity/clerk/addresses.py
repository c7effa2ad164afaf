"""What a publishable key says about an instance of Clerk: its hosts, its pages, its cookies."""

import base64
import binascii
import hashlib
import re

from qwalo.settings import SettingsError

# The variant without Clerk's components, which would need `unsafe-inline` styles and other hosts.
SCRIPT_PATH = "/npm/@clerk/clerk-js@5/dist/clerk.headless.browser.js"


def frontend_api(publishable_key: str) -> str:
    """The host of the instance's frontend API, which the publishable key is the base64 of.

    Raises:
        SettingsError: the key is not one that Clerk shows.
    """
    encoded = publishable_key.split("_", 2)[-1]
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    host = text.removesuffix("$").lower()
    if not text.endswith("$") or re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?", host) is None:
        raise SettingsError("CLERK_PUBLISHABLE_KEY is not complete: copy it from Clerk's API keys page.")
    return host


def account_portal(frontend_host: str) -> str:
    """The origin of the hosted pages: `x.accounts.dev` in development, else `accounts.<domain>`."""
    return "https://" + re.sub(r"clerk\.accounts\.|clerk\.", "accounts.", frontend_host, count=1)


def cookie_suffix(publishable_key: str) -> str:
    """Tells apart the cookies of several instances on one host (getCookieSuffix in `@clerk/shared`)."""
    return base64.urlsafe_b64encode(hashlib.sha1(publishable_key.encode()).digest()).decode()[:8]  # noqa: S324
