"""WebSockets at a port of their own, for those who hold many of them (docs/decisions/0013)."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import Receive, Scope, Send

# A message of a room has at most so many bytes (`calls.messages`), and nothing else comes over sockets.
MAX_MESSAGE = 64 * 1024


class SocketServer:
    """Serves the sockets of the application to whoever comes by this port, in the event loop of the process."""

    def __init__(self, app: Litestar, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._server = _Server(
            uvicorn.Config(
                _sockets_alone(app),
                lifespan="off",
                ws="websockets-sansio",
                ws_max_size=MAX_MESSAGE,
                # The room has pings of its own, and messages are too short to be worth compressing.
                ws_ping_interval=None,
                ws_per_message_deflate=False,
                access_log=False,
                log_config=None,
                server_header=False,
                # Whom to believe about the client's address is decided in one place: `http.client_address`.
                proxy_headers=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises OSError where the port cannot be listened at."""
        listener = socket.socket(socket.AF_INET6 if ":" in self._host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # As the server's processes share their other port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((self._host, self._port))
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))

    async def stop(self) -> None:
        self._server.should_exit = True
        if self._task is not None:
            await self._task


def _sockets_alone(app: Litestar) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET:
            await app(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 426, "headers": [(b"upgrade", b"websocket")]})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return serve


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process has its own way to hear that it should stop."""
        yield
