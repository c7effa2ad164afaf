"""What browsers are given to find a way to each other."""

import base64
import hmac
import time
from pathlib import Path

from qwalo.calls.ice import CREDENTIALS_SECONDS, ice_servers
from qwalo.calls.messages import IceServer
from qwalo.settings import IceSettings
from tests.conftest import make_settings

TURN = ("turn:turn.example.com:3478?transport=udp", "turns:turn.example.com:443?transport=tcp")


def test_without_settings_there_is_none(tmp_path: Path) -> None:
    assert ice_servers(make_settings(tmp_path).ice, "seat-1") == ()


def test_several_servers_are_separated_by_commas(tmp_path: Path) -> None:
    values = {"STUN_URLS": "stun:a.example.com, stun:[::1]:3478", "TURN_URLS": ",".join(TURN), "TURN_SECRET": "s"}
    settings = make_settings(tmp_path, **values)
    assert settings.ice == IceSettings(("stun:a.example.com", "stun:[::1]:3478"), TURN, "s", relay_only=False)


def test_a_stun_server_needs_no_credentials() -> None:
    settings = IceSettings(("stun:a.example.com",), (), "", relay_only=False)
    assert ice_servers(settings, "seat-1") == (IceServer(("stun:a.example.com",)),)


def test_the_credentials_of_a_relay_expire_and_are_made_as_coturn_checks_them() -> None:
    (server,) = ice_servers(IceSettings((), TURN, "secret", relay_only=True), "seat-1")
    assert server.username is not None
    expires, _, seat = server.username.partition(":")
    assert abs(int(expires) - time.time() - CREDENTIALS_SECONDS) < 60
    assert seat == "seat-1"
    expected = base64.b64encode(hmac.digest(b"secret", server.username.encode(), "sha1")).decode()
    assert server.credential == expected


def test_what_prints_the_settings_prints_no_secret() -> None:
    assert "hunter2" not in repr(IceSettings((), TURN, "hunter2", relay_only=False))
