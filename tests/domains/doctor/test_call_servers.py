"""STUN and TURN as a browser uses them: a real coturn is asked, by every way."""

import ssl
from pathlib import Path

import pytest

from qwalo.doctor import call_servers
from qwalo.doctor.stun import IceUrl
from tests.coturn import Coturn
from tests.domains.doctor.conftest import MakeSubject, levels, tls_in_front
from tests.smtp import free_port

PUBLIC = {"QWALO_PUBLIC_URL": "https://qwalo.example.com"}


@pytest.mark.parametrize("transport", ["", "?transport=udp", "?transport=tcp"])
async def test_a_relay_lends_an_address(subject: MakeSubject, coturn: Coturn, transport: str) -> None:
    """With the credentials that a page would get."""
    lent = coturn.lent()
    examined = subject(TURN_URLS=f"{coturn.url}{transport}", TURN_SECRET=coturn.secret)
    (finding,) = await call_servers.check(examined)
    assert (finding.level, coturn.lent()) == ("ok", lent + 1)
    assert "lends an address: 127.0.0.1:" in finding.detail
    assert coturn.secret not in finding.detail


async def test_a_relay_takes_tls(
    subject: MakeSubject, coturn: Coturn, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with tls_in_front(coturn.port, certificate) as port:
        (finding,) = await call_servers.check(subject(TURN_URLS=f"turns:127.0.0.1:{port}", TURN_SECRET=coturn.secret))
    assert finding.level == "ok", finding


async def test_a_certificate_that_nobody_vouches_for_is_told(
    subject: MakeSubject, coturn: Coturn, certificate: Path
) -> None:
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED
    async with tls_in_front(coturn.port, certificate) as port:
        (finding,) = await call_servers.check(subject(TURN_URLS=f"turns:127.0.0.1:{port}", TURN_SECRET=coturn.secret))
    assert finding.level == "problem"
    assert "certificate" in finding.detail


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_wrong_secret_is_told(subject: MakeSubject, coturn: Coturn, transport: str) -> None:
    secret = "another-secret-than-coturn-has"
    (finding,) = await call_servers.check(subject(TURN_URLS=f"{coturn.url}?transport={transport}", TURN_SECRET=secret))
    assert finding.level == "problem"
    assert "static-auth-secret" in finding.advice
    assert secret not in finding.detail + finding.advice


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_stun_server_tells_where_it_sees_us(subject: MakeSubject, coturn: Coturn, transport: str) -> None:
    url = f"stun:127.0.0.1:{coturn.port}?transport={transport}"
    (finding,) = await call_servers.check(subject(STUN_URLS=url, QWALO_PUBLIC_URL="http://localhost:8000"))
    assert finding.level == "ok"
    assert "sees this machine at 127.0.0.1:" in finding.detail


@pytest.mark.parametrize("variable", ["STUN_URLS", "TURN_URLS"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_server_that_is_not_there_is_told(
    subject: MakeSubject, monkeypatch: pytest.MonkeyPatch, variable: str, transport: str
) -> None:
    monkeypatch.setattr(call_servers, "ANSWER_SECONDS", 1.0)
    url = f"{variable[:4].lower()}:127.0.0.1:{free_port()}?transport={transport}"
    secret = {"TURN_SECRET": "s" * 32} if variable == "TURN_URLS" else {}
    findings = await call_servers.check(subject(**{variable: url}, **secret))
    assert findings[0].level == "problem"
    assert url in findings[0].detail


async def test_one_dead_server_hides_no_other(
    subject: MakeSubject, coturn: Coturn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_servers, "ANSWER_SECONDS", 1.0)
    urls = f"turn:127.0.0.1:{free_port()},{coturn.url}"
    findings = await call_servers.check(subject(TURN_URLS=urls, TURN_SECRET=coturn.secret))
    assert levels(findings) == ["problem", "ok"]


async def test_without_servers_a_public_installation_is_warned(subject: MakeSubject) -> None:
    assert levels(await call_servers.check(subject(**PUBLIC))) == ["warning"]
    assert levels(await call_servers.check(subject(QWALO_PUBLIC_URL="http://localhost:8000"))) == ["ok"]


async def test_stun_alone_is_not_enough_for_everybody(subject: MakeSubject, coturn: Coturn) -> None:
    findings = await call_servers.check(subject(STUN_URLS=f"stun:127.0.0.1:{coturn.port}", **PUBLIC))
    assert levels(findings) == ["ok", "warning"]


@pytest.mark.parametrize(
    ("text", "host", "port", "transport", "tls"),
    [
        ("stun:s.example.com", "s.example.com", 3478, "udp", False),
        ("turn:t.example.com:80?transport=tcp", "t.example.com", 80, "tcp", False),
        ("turns:t.example.com", "t.example.com", 5349, "tcp", True),
        ("turns:[2001:db8::1]:443?transport=tcp", "2001:db8::1", 443, "tcp", True),
    ],
)
def test_an_address_says_how_it_is_asked(text: str, host: str, port: int, transport: str, tls: bool) -> None:
    assert IceUrl.parse(text) == IceUrl(text, host, port, transport, tls)
