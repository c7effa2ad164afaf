"""What a publishable key says about an instance of Clerk."""

import base64

import pytest

from qwalo.identity.clerk.addresses import account_portal, cookie_suffix, frontend_api
from qwalo.settings import SettingsError


@pytest.mark.parametrize(
    ("key", "suffix"),
    [
        ("pk_live_Y2xlcmsuY2xlcmsuZGV2JA", "1Z8AzTQD"),
        ("pk_test_Y2xlcmsuY2xlcmsuZGV2JA", "QvfNY2dr"),
        ("pk_test_ZW5vdWdoLWFscGFjYS04Mi5jbGVyay5hY2NvdW50cy5sY2xjbGVyay5jb20k", "jtYvyt_H"),
        ("pk_test_eHh4eHh4LXhhYWFhYS1hYS5jbGVyay5hY2NvdW50cy5sY2xjbGVyay5jb20k", "tZJdb-5s"),
    ],
    ids=["live", "test", "slash", "plus"],
)
def test_the_suffix_is_that_of_clerks_own_code(key: str, suffix: str) -> None:
    """The vectors are those of `getCookieSuffix` in Clerk's own tests."""
    assert cookie_suffix(key) == suffix


@pytest.mark.parametrize(
    ("host", "portal"),
    [
        ("clever-hawk-12.clerk.accounts.dev", "https://clever-hawk-12.accounts.dev"),
        ("clerk.example.com", "https://accounts.example.com"),
        ("clerk.app.example.co.uk", "https://accounts.app.example.co.uk"),
    ],
)
def test_the_account_portal_follows_from_the_frontend_api(host: str, portal: str) -> None:
    """The key alone is enough to know Clerk's pages."""
    key = "pk_test_" + base64.b64encode(f"{host}$".encode()).decode()
    assert account_portal(frontend_api(key)) == portal


@pytest.mark.parametrize(
    "text", ["clerk.example.com", "$", "evil.example/path$", "a.b@evil.example$", "localhost$", "a b.c$"]
)
def test_an_incomplete_publishable_key_stops_the_start(text: str) -> None:
    """A key that does not name a host is told by its variable's name."""
    with pytest.raises(SettingsError, match="CLERK_PUBLISHABLE_KEY"):
        frontend_api("pk_live_" + base64.b64encode(text.encode()).decode())
