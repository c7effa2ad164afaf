"""`qwalo webhooks listen`: a receiver for a developer, which prints what arrives and whether its signature is right."""

import json
import re
import threading
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import click
import httpx
import msgspec
from standardwebhooks import Webhook, WebhookVerificationError
from standardwebhooks.webhooks import EmptyWebhookSecretError

MAX_BODY = 1024 * 1024
FORWARD_SECONDS = 15.0
_FORWARDED = ("content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature")
# What a terminal could take for an order, or would show in another place than where it stands.
_INVISIBLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Answering(msgspec.Struct, frozen=True):
    """What becomes of a delivery. `status` is answered to those that are right."""

    secret: str | None
    forward: str | None
    status: int


def make_server(port: int, answering: Answering) -> ThreadingHTTPServer:
    """Not running yet. Raises OSError where the port is taken."""
    printing = threading.Lock()

    class Receiver(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not length.isdecimal() or int(length) > MAX_BODY:
                self.close_connection = True
                self._answer(413)
                return
            body = self.rfile.read(int(length))
            problem = why_not(answering.secret, self.headers, body)
            lines = describe(self.headers, body, problem, checked=answering.secret is not None)
            status = answering.status if problem is None else 400
            if problem is None and answering.forward is not None:
                status, line = pass_on(answering.forward, self.headers, body)
                lines.append(line)
            with printing:
                click.echo("\n".join([*lines, f"  answered {status}", ""]))
            self._answer(status)

        def log_message(self, *_: object) -> None:
            """It prints its own lines."""

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return ThreadingHTTPServer(("127.0.0.1", port), Receiver)


def check_secret(secret: str | None) -> None:
    """Raises click.BadParameter."""
    try:
        if secret is not None:
            Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise click.BadParameter("--secret must be what Qwalo showed for the endpoint: whsec_…") from error


def why_not(secret: str | None, headers: Message, body: bytes) -> str | None:
    """Why the signature is not right; None where it is, or where there is no secret to check it with."""
    if secret is None:
        return None
    try:
        Webhook(secret).verify(body, dict(headers.items()), json_parse=False)
    except WebhookVerificationError as error:
        return str(error)
    except ValueError:
        # A header that is not of this form at all makes the library stumble.
        return "The signature, the timestamp or the body is not of the form of Standard Webhooks"
    return None


def describe(headers: Message, body: bytes, problem: str | None, *, checked: bool) -> list[str]:
    """The lines that are printed of a delivery."""
    try:
        content = json.loads(body)
        kind = str(content["type"]) if isinstance(content, dict) and "type" in content else "no type"
        pretty = json.dumps(content, indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        kind, pretty = "not JSON", body[:1000].decode(errors="replace")
    verified = f"NOT verified: {problem}" if problem else "verified" if checked else "not checked: no --secret"
    facts = [kind, headers.get("webhook-id", "no webhook-id"), _age(headers.get("webhook-timestamp")), verified]
    return [visible("  ".join(facts)), *(f"  {visible(line)}" for line in pretty.splitlines())]


def pass_on(address: str, headers: Message, body: bytes) -> tuple[int, str]:
    """(the status to answer, what is printed of it)."""
    kept = {name: headers[name] for name in _FORWARDED if name in headers}
    try:
        response = httpx.post(address, content=body, headers=kept, timeout=FORWARD_SECONDS, follow_redirects=False)
    except httpx.HTTPError as error:
        return 502, visible(f"  {address} did not answer: {str(error) or type(error).__name__}")
    return response.status_code, visible(f"  {address} answered {response.status_code}")


def visible(text: str) -> str:
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _age(timestamp: str | None) -> str:
    if timestamp is None or not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return "no age"
    return f"{datetime.now(UTC).timestamp() - int(timestamp):.0f} s old"
