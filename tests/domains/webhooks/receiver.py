"""A real receiver of webhooks, which keeps what it got and answers as it is told."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple, Self

from standardwebhooks import Webhook

from tests.server import until


class Answer(NamedTuple):
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0
    """How long it takes."""


class Got(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def webhook_id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The body, checked as a receiver would. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


class Receiver:
    """`with Receiver() as receiver:` listens at `receiver.url`. `answer` may be set anew at any time."""

    def __init__(self, answer: Callable[[Got], Answer] = lambda _: Answer(), *, port: int = 0) -> None:
        self.answer = answer
        self.got: list[Got] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, number: int, seconds: float = 20) -> list[Got]:
        until(lambda: len(self.got) >= number, f"{number} requests arrived", seconds)
        return self.got

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                got = Got(self.path, headers, self.rfile.read(int(headers.get("content-length", 0))))
                receiver.got.append(got)
                answer = receiver.answer(got)
                time.sleep(answer.seconds)
                try:
                    self.send_response(answer.status)
                    for name, value in answer.headers:
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(answer.body)
                except OSError:
                    pass  # Whoever asked did not wait for it.

            def log_message(self, *_: object) -> None:
                pass

        return Handler
