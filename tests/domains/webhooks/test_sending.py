"""One request: how it is signed, where it may go, and what its answer means."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from httpcore import AsyncNetworkBackend, AsyncNetworkStream, ConnectError
from standardwebhooks import WebhookVerificationError

from qwalo import __version__
from qwalo.webhooks.models import Envelope
from qwalo.webhooks.safe_connecting import SafeNetwork, resolve
from qwalo.webhooks.secrets import SecretLost, Secrets
from qwalo.webhooks.sending import MAX_RESPONSE, Sender, body_of, host_header, signed_headers
from tests.domains.webhooks.receiver import Answer, Receiver
from tests.smtp import free_port

SECRETS = Secrets("k" * 40)
SECRET, OLD_SECRET = SECRETS.make(), SECRETS.make()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def envelope(url: str, previous: str | None = None) -> Envelope:
    return Envelope(
        delivery_id="d1",
        status="pending",
        sending=0,
        endpoint_id="e1",
        url=url,
        secret=SECRETS.seal(SECRET),
        previous_secret=SECRETS.seal(previous) if previous else None,
        disabled=False,
        event_id="evt_1",
        type="interview.created",
        timestamp="2026-03-02T10:05:00.120Z",
        data='{"interview": {"title": "Warum \u2013 und wof\u00fcr?"}}',
    )


def sender(*, private: bool = True, timeout: float = 15, answers: list[list[str]] | None = None) -> Sender:
    """With `answers`, names stand for these addresses, one list after the other."""
    if answers is None:
        return Sender(SECRETS, SafeNetwork(private_addresses=private), timeout=timeout)
    pending = iter(answers)

    async def look_up(host: str, port: int) -> list[str]:
        return next(pending)

    return Sender(SECRETS, SafeNetwork(private_addresses=private, resolve=look_up), timeout=timeout)


def test_the_signature_is_that_of_the_scheme() -> None:
    """The vector that the scheme's own libraries are tested with."""
    moment = datetime.fromtimestamp(1614265330, UTC)
    headers = dict(
        signed_headers(
            "msg_p5jXN8AQM9LWM0D4loKWxJek", moment, b'{"test": 2432232314}', ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
        )
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


@pytest.mark.parametrize(("seconds", "accepted"), [(-299, True), (299, True), (-301, False), (301, False)])
async def test_receivers_accept_a_delivery_for_five_minutes(seconds: int, accepted: bool, receiver: Receiver) -> None:
    """As the scheme wants it: the time is signed, so that nobody can play it again later."""
    body = body_of("a", "b", "{}")
    headers = dict(signed_headers("id", datetime.now(UTC) + timedelta(seconds=seconds), body, [SECRET]))
    from standardwebhooks import Webhook

    if accepted:
        Webhook(SECRET).verify(body, headers)
    else:
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body, headers)


async def test_a_receiver_can_verify_what_it_gets(receiver: Receiver) -> None:
    """With the library of the scheme, over the bytes that arrived."""
    outcome = await sender().send(envelope(receiver.url))
    [got] = receiver.got
    assert got.verified(SECRET) == {
        "type": "interview.created",
        "timestamp": "2026-03-02T10:05:00.120Z",
        "data": {"interview": {"title": "Warum \u2013 und wof\u00fcr?"}},
    }
    assert (outcome.status_code, outcome.problem) == (200, None)


async def test_the_request_says_what_it_is(receiver: Receiver) -> None:
    await sender().send(envelope(f"{receiver.url}?key=1"))
    [got] = receiver.got
    assert got.path == "/hook?key=1"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["webhook-id"] == "evt_1"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["user-agent"] == f"Qwalo/{__version__}"
    assert got.headers["content-length"] == str(len(got.body))


async def test_the_old_secret_signs_too_while_they_overlap(receiver: Receiver) -> None:
    await sender().send(envelope(receiver.url, previous=OLD_SECRET))
    [got] = receiver.got
    assert len(got.headers["webhook-signature"].split(" ")) == 2
    assert got.verified(SECRET)
    assert got.verified(OLD_SECRET)


async def test_a_secret_of_another_key_sends_nothing(receiver: Receiver) -> None:
    """Unsigned, or signed with something else, it would be worthless."""
    other = Sender(Secrets("j" * 40), SafeNetwork(private_addresses=True))
    with pytest.raises(SecretLost):
        await other.send(envelope(receiver.url))
    assert receiver.got == []


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_success_is_delivered(status: int, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(status)
    assert (await sender().send(envelope(receiver.url))).problem is None


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
async def test_any_error_is_a_failure(status: int, receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(status, b"not now")
    outcome = await sender().send(envelope(receiver.url))
    assert str(status) in (outcome.problem or "")
    assert (outcome.status_code, outcome.response) == (status, "not now")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int, receiver: Receiver) -> None:
    """Else it would lead where nobody has checked."""
    with Receiver() as elsewhere:
        receiver.answer = lambda _: Answer(status, headers=(("Location", elsewhere.url),))
        outcome = await sender().send(envelope(receiver.url))
        assert elsewhere.got == []
    assert "redirect" in (outcome.problem or "")
    assert len(receiver.got) == 1


async def test_an_answer_that_does_not_come_is_not_waited_for(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(seconds=2)
    outcome = await sender(timeout=0.3).send(envelope(receiver.url))
    assert outcome.problem == "There was no answer within 0.3 seconds."
    assert outcome.status_code is None


async def test_a_body_that_does_not_end_takes_nothing_from_a_success() -> None:
    """What counts is the status: the receiver has it."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def drip() -> None:
            with server.accept()[0] as peer:
                peer.recv(65536)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nso far")
                peer.recv(1)

        threading.Thread(target=drip, daemon=True).start()
        outcome = await sender(timeout=0.5).send(envelope(f"http://127.0.0.1:{server.getsockname()[1]}/"))
    assert (outcome.status_code, outcome.problem, outcome.response) == (200, None, "so far")


async def test_what_is_not_http_is_a_failure() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:

        def chat() -> None:
            with server.accept()[0] as peer:
                peer.recv(65536)
                peer.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")

        threading.Thread(target=chat, daemon=True).start()
        outcome = await sender().send(envelope(f"http://127.0.0.1:{server.getsockname()[1]}/"))
    assert "ended without an answer" in (outcome.problem or "")


async def test_a_refused_connection_is_a_failure() -> None:
    outcome = await sender().send(envelope(f"http://127.0.0.1:{free_port()}/"))
    assert "could not be made" in (outcome.problem or "")
    assert outcome.status_code is None


async def test_a_name_that_does_not_exist_is_a_failure() -> None:
    outcome = await sender(private=False).send(envelope("https://nobody.invalid/"))
    assert outcome.problem == "The name of the host was not found."


async def test_little_of_the_answer_is_kept(receiver: Receiver) -> None:
    receiver.answer = lambda _: Answer(500, b"x" * 1_000_000)
    outcome = await sender().send(envelope(receiver.url))
    assert outcome.response == "x" * MAX_RESPONSE


async def test_what_cannot_be_seen_of_the_answer_is_left_out(receiver: Receiver) -> None:
    """PostgreSQL takes no NUL, and a terminal would obey the rest."""
    receiver.answer = lambda _: Answer(500, "a\x00b\x1b[31mc\u202ed\x9b\n".encode() + b"\xff e")
    outcome = await sender().send(envelope(receiver.url))
    assert outcome.response == "ab[31mcd\n e"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f000001", "0x7f.1", "127.1"]
)
async def test_no_form_of_a_private_address_is_connected_to(host: str, receiver: Receiver) -> None:
    """However it came into the database: the check is at the connection."""
    outcome = await sender(private=False).send(envelope(f"http://{host}:{receiver.port}/"))
    assert outcome.problem in {
        "The host is in a private network, where this Qwalo sends nothing.",
        "The name of the host was not found.",
    }
    assert receiver.got == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "::1", "fe80::1%1"])
async def test_a_name_of_a_private_address_is_not_connected_to(address: str, receiver: Receiver) -> None:
    outcome = await sender(private=False, answers=[[address]]).send(envelope(f"http://public.example:{receiver.port}/"))
    assert outcome.problem == "The host is in a private network, where this Qwalo sends nothing."
    assert receiver.got == []


async def test_a_name_is_looked_up_once_and_the_checked_address_connected_to(receiver: Receiver) -> None:
    """Rebinding: a name server that answers with a private address the second time is not asked a second time."""
    asked: list[str] = []
    connected: list[str] = []

    async def answers(host: str, _: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"] if len(asked) == 1 else ["127.0.0.1"]

    class Recording(AsyncNetworkBackend):
        async def connect_tcp(self, host: str, *_: object, **__: object) -> AsyncNetworkStream:
            connected.append(host)
            raise ConnectError("The test goes no further.")

    network = SafeNetwork(private_addresses=False, resolve=answers)
    network._network = Recording()  # type: ignore[assignment]
    outcome = await Sender(SECRETS, network).send(envelope(f"http://rebinding.example:{receiver.port}/"))
    assert outcome.problem is not None
    assert (asked, connected) == (["rebinding.example"], ["93.184.215.14"])
    assert receiver.got == []


def test_an_address_of_ipv6_is_in_brackets_in_the_host_header() -> None:
    """As RFC 3986 has it; many servers refuse it otherwise."""
    assert host_header("https://[2606:4700::1]:8080/hook") == "[2606:4700::1]:8080"
    assert host_header("https://hooks.example.com/") == "hooks.example.com"


async def test_a_previous_secret_that_was_lost_signs_nothing_and_stops_nothing(receiver: Receiver) -> None:
    """It was lost with the secret key of the installation; the new one is there."""
    lost = Secrets("another" + "k" * 40).seal(OLD_SECRET)
    found = msgspec.structs.replace(envelope(receiver.url), previous_secret=lost)
    assert (await sender().send(found)).problem is None
    assert receiver.got[0].headers["webhook-signature"].count("v1,") == 1


async def test_of_several_addresses_those_that_are_private_are_left_out(receiver: Receiver) -> None:
    network = SafeNetwork(private_addresses=False, resolve=_both)
    assert await network._allowed("mixed.example", 443) == ["93.184.215.14"]


async def test_the_next_address_is_tried_when_one_does_not_answer(receiver: Receiver) -> None:
    outcome = await sender(answers=[["127.0.0.9", "127.0.0.1"]]).send(envelope(f"http://two.example:{receiver.port}/"))
    assert outcome.problem is None


async def test_the_system_is_asked_for_names() -> None:
    assert "127.0.0.1" in await resolve("localhost", 80)


async def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would connect to what we have not checked."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert (await sender().send(envelope(receiver.url))).problem is None


async def test_the_certificate_is_verified_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not against the address that is connected to; a certificate of another name is refused."""
    authority = _certificate(tmp_path, "right.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        threading.Thread(target=_serve_tls, args=(server, authority, 2), daemon=True).start()
        port = server.getsockname()[1]
        right = await sender(answers=[["127.0.0.1"]]).send(envelope(f"https://right.example:{port}/"))
        wrong = await sender(answers=[["127.0.0.1"]]).send(envelope(f"https://wrong.example:{port}/"))
    assert right.problem is None
    assert "certificate" in (wrong.problem or "")
    assert wrong.status_code is None


def test_the_body_is_the_same_at_every_attempt() -> None:
    assert body_of("a", "b", '{"x": 1}') == b'{"type":"a","timestamp":"b","data":{"x": 1}}'
    assert json.loads(body_of("a", "b", '{"x": 1}'))["data"] == {"x": 1}


async def _both(host: str, port: int) -> list[str]:
    return ["10.0.0.1", "93.184.215.14", "::1"]


def _certificate(folder: Path, name: str) -> Path:
    """One file with a key and its own certificate for `name`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _serve_tls(server: socket.socket, certificate: Path, connections: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for _ in range(connections):
        peer, _ = server.accept()
        try:
            with context.wrap_socket(peer, server_side=True) as wrapped:
                wrapped.recv(65536)
                wrapped.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (ssl.SSLError, OSError):
            pass
