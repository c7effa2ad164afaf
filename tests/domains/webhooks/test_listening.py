"""`qwalo webhooks listen`, as a developer runs it."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from click.testing import CliRunner

from qwalo.cli import main
from qwalo.webhooks.listening import visible
from qwalo.webhooks.sending import body_of, signed_headers
from tests.domains.webhooks.receiver import Answer, Receiver
from tests.server import until
from tests.smtp import free_port

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = body_of("call.ended", "2026-03-02T10:05:00.120Z", '{"name": "Zo\u00eb"}')


class Listener:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/"
        self.lines: list[str] = []

    @property
    def printed(self) -> str:
        return "\n".join(self.lines)

    def send(self, body: bytes = BODY, *, secret: str = SECRET, seconds: int = 0, signature: str | None = None) -> int:
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
        signed = dict(signed_headers("evt_1", moment, body, [secret]))
        if signature is not None:
            signed["webhook-signature"] = signature
        return httpx.post(self.url, content=body, headers=signed).status_code


@contextmanager
def listening(*options: str) -> Iterator[Listener]:
    port = free_port()
    command = [sys.executable, "-u", "-m", "qwalo", "webhooks", "listen", "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        listener = Listener(port)
        assert process.stdout is not None
        reader = threading.Thread(target=listener.lines.extend, args=(process.stdout,), daemon=True)
        reader.start()
        try:
            until(lambda: "Listening at" in listener.printed, "it listens", 30)
            yield listener
        finally:
            process.terminate()
            process.wait(10)
            reader.join(10)


def test_a_right_delivery_is_printed_and_taken() -> None:
    """Type, id, age, that it is verified, and its JSON for people."""
    with listening("--secret", SECRET) as listener:
        assert listener.send() == 200
        until(lambda: "answered 200" in listener.printed, "it is printed")
    assert re.search(r"call\.ended  evt_1  \d s old  verified\n", listener.printed)
    assert '"name": "Zo\u00eb"' in listener.printed


def test_a_wrong_delivery_is_refused_with_the_reason() -> None:
    other = "whsec_" + "A" * 43 + "="
    with listening("--secret", SECRET) as listener:
        assert listener.send(secret=other) == 400
        assert listener.send(seconds=-301) == 400
        assert listener.send(signature="nonsense") == 400
        assert listener.send(signature="") == 400
        assert httpx.post(listener.url, content=b"{}").status_code == 400
        until(lambda: listener.printed.count("answered 400") == 5, "all are printed")
    assert "NOT verified: No matching signature found" in listener.printed
    assert "NOT verified: Message timestamp too old" in listener.printed
    assert "NOT verified: Missing required headers" in listener.printed


def test_without_a_secret_it_says_that_nothing_is_checked() -> None:
    with listening() as listener:
        assert listener.send() == 200
        until(lambda: "answered 200" in listener.printed, "it is printed")
    assert "not checked" in listener.printed


def test_a_failure_can_be_tried() -> None:
    with listening("--secret", SECRET, "--status", "503") as listener:
        assert listener.send() == 503


def test_what_is_verified_is_passed_on() -> None:
    """With the bytes and the headers that the program needs to verify it itself; its answer is the answer."""
    with Receiver(lambda _: Answer(418)) as receiver, listening("--secret", SECRET, "--forward", receiver.url) as one:
        assert one.send() == 418
        assert one.send(secret="whsec_" + "A" * 43 + "=") == 400
        [got] = receiver.got
    assert got.verified(SECRET) == json.loads(BODY)


def test_a_program_that_is_not_there_is_told() -> None:
    with listening("--forward", f"http://127.0.0.1:{free_port()}/") as listener:
        assert listener.send() == 502
        until(lambda: "did not answer" in listener.printed, "it is told")


def test_what_a_terminal_would_obey_is_shown_instead() -> None:
    assert visible("a\x1b[2Jb\u202ec\x9b") == "a\\u001b[2Jb\\u202ec\\u009b"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_a", "whsec_\u00e4"])
def test_a_secret_that_is_none_stops_it(secret: str) -> None:
    result = CliRunner().invoke(main, ["webhooks", "listen", "--port", str(free_port()), "--secret", secret])
    assert result.exit_code == 2
    assert "--secret" in result.output


def test_a_taken_port_stops_it() -> None:
    with Receiver() as receiver:
        result = CliRunner().invoke(main, ["webhooks", "listen", "--port", str(receiver.port)])
    assert result.exit_code == 1
    assert "choose another with --port" in result.output
