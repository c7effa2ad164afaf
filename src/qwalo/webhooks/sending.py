"""One request to an endpoint: how it is built and signed, and what its answer means."""

import asyncio
import re
import time
from contextlib import suppress
from datetime import UTC, datetime

import httpcore
import httpx
import msgspec
from standardwebhooks import Webhook

from qwalo import __version__
from qwalo.platform import clock
from qwalo.webhooks.models import Envelope, Outcome
from qwalo.webhooks.safe_connecting import CONNECT_SECONDS, HostNotFound, PrivateAddress, SafeNetwork
from qwalo.webhooks.secrets import SecretLost, Secrets

TIMEOUT_SECONDS = 15.0
# Receivers that do not answer must not keep the jobs of all others waiting for longer than that.
MAX_RESPONSE = 1024
USER_AGENT = f"Qwalo/{__version__}"

Headers = list[tuple[str, str]]

_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffd]")


def body_of(type_: str, timestamp: str, data: str) -> bytes:
    """The same bytes at every attempt. `data` is JSON."""
    return msgspec.json.encode({"type": type_, "timestamp": timestamp, "data": msgspec.Raw(data.encode())})


def signed_headers(webhook_id: str, moment: datetime, body: bytes, secrets: list[str]) -> Headers:
    """Standard Webhooks: a signature by each of `secrets`, the newest first."""
    signatures = (Webhook(secret).sign(webhook_id, moment.astimezone(UTC), body.decode()) for secret in secrets)
    return [
        ("User-Agent", USER_AGENT),
        ("Content-Type", "application/json"),
        ("Accept-Encoding", "identity"),
        ("webhook-id", webhook_id),
        ("webhook-timestamp", str(int(moment.timestamp()))),
        ("webhook-signature", " ".join(signatures)),
    ]


class Sender:
    """Sends requests that cannot lead to where they must not (`safe_connecting`)."""

    def __init__(self, secrets: Secrets, network: SafeNetwork, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._secrets = secrets
        self._network = network
        self._timeout = timeout
        # The certificates that are trusted: those of SSL_CERT_FILE or SSL_CERT_DIR where one is set.
        self._tls = httpx.create_ssl_context()

    async def send(self, envelope: Envelope) -> Outcome:
        """Raises SecretLost, before anything is sent."""
        secrets = [self._secrets.open(envelope.secret)]
        if envelope.previous_secret is not None:
            # One that was lost with a secret key can sign nothing more; the newer one does.
            with suppress(SecretLost):
                secrets.append(self._secrets.open(envelope.previous_secret))
        body = body_of(envelope.type, envelope.timestamp, envelope.data)
        started_at = clock.now()
        headers = [("Host", host_header(envelope.url)), *signed_headers(envelope.event_id, started_at, body, secrets)]
        begun = time.monotonic()
        status, problem, response = await self._post(envelope.url, headers, body)
        duration = round((time.monotonic() - begun) * 1000)
        return Outcome(started_at, duration, status, problem or _problem_of(status), response)

    async def _post(self, url: str, headers: Headers, body: bytes) -> tuple[int | None, str | None, str | None]:
        """(status code, why there is none, beginning of the answer's body)."""
        reply = _Reply()
        try:
            async with asyncio.timeout(self._timeout):
                await self._exchange(url, headers, body, reply)
        except _FAILURES as error:
            # What was answered before counts.
            if reply.status is None:
                return None, _reason(error, self._timeout), None
        return reply.status, None, _text(bytes(reply.body[:MAX_RESPONSE]))

    async def _exchange(self, url: str, headers: Headers, body: bytes, reply: "_Reply") -> None:
        # One connection for one request, checked anew: none is kept that was opened under another setting.
        async with (
            httpcore.AsyncConnectionPool(self._tls, network_backend=self._network) as pool,
            pool.stream("POST", _core_url(url), headers=headers, content=body) as response,
        ):
            reply.status = response.status
            async for chunk in response.aiter_stream():
                reply.body += chunk
                if len(reply.body) >= MAX_RESPONSE:
                    return


class _Reply:
    """What has arrived so far."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.body = bytearray()


_FAILURES = (
    *(TimeoutError, HostNotFound, PrivateAddress),
    *(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError),
)


def _reason(error: Exception, seconds: float) -> str:
    match error:
        case HostNotFound():
            return "The name of the host was not found."
        case PrivateAddress():
            return "The host is in a private network, where this Qwalo sends nothing."
        case httpcore.ConnectTimeout():
            return f"The connection could not be made within {CONNECT_SECONDS:g} seconds."
        case TimeoutError():
            return f"There was no answer within {seconds:g} seconds."
        case httpcore.ConnectError():
            return f"The connection could not be made: {_short(error)}"
        case _:
            return f"The connection ended without an answer: {_short(error)}"


def _problem_of(status: int | None) -> str | None:
    if status is None or 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It answered with a redirect (status {status}), which is not followed: enter where it leads to."
    if status == 410:
        return "It answered that it is gone (status 410) and wants nothing more."
    return f"It answered with the status {status}."


def host_header(url: str) -> str:
    """As the header says it: an address of IPv6 in brackets, which httpcore leaves out."""
    return httpx.URL(url).netloc.decode()


def _core_url(url: str) -> httpcore.URL:
    parsed = httpx.URL(url)
    return httpcore.URL(scheme=parsed.raw_scheme, host=parsed.raw_host, port=parsed.port, target=parsed.raw_path)


def _short(error: Exception) -> str:
    """In one short line, as the operating system or TLS put it."""
    text = " ".join(str(error).split())[:200] or type(error).__name__
    # Where in OpenSSL's source it was noticed helps nobody.
    return re.sub(r"\s*\(_ssl\.c:\d+\)", "", text).rstrip(".") + "."


def _text(content: bytes) -> str | None:
    """What can be shown of it: without control characters, and marks that turn the direction of reading."""
    return _INVISIBLE.sub("", content.decode(errors="replace")).strip() or None
