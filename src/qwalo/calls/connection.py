"""The sending side of one socket: nobody waits for a browser that is slow."""

import asyncio
import time
from collections import deque

import msgspec
from litestar.exceptions import WebSocketException

from qwalo.calls.messages import FromBrowser, Ping, State, ToBrowser
from qwalo.calls.models import Entry, Role
from qwalo.calls.receiving import CLOSE_SECONDS, AnySocket, close, receive
from qwalo.calls.refusals import Refused
from qwalo.platform.ids import cuid

PING_SECONDS = 4.0
SILENT_SECONDS = 12.0
# So much can wait for one browser. One that takes none of it is gone.
MAX_WAITING_BYTES = 4 * 1024 * 1024

_encode = msgspec.json.Encoder().encode
_PING = _encode(Ping())


class Connection:
    """One socket of the person in a seat, in the page load `load`."""

    def __init__(self, socket: AnySocket, load: str) -> None:
        self.id = cuid()
        self.load = load
        self.seat_id = ""
        self.role: Role = "observer"
        self.link_version: int | None = None
        # The person has said that they leave.
        self.left = False
        self.chat_position = 0
        # The browser was told what the room is like, or will be told nothing more.
        self.shown = asyncio.Event()
        self.heard_at = time.monotonic()
        self.closing: Refused | None = None
        # No more messages are wanted.
        self._interrupted = False
        self._socket = socket
        # The task that waits for a message at the moment.
        self._receiver: asyncio.Task[None] | None = None
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._sender: asyncio.Task[None] | None = None
        self._pinged_at = self.heard_at
        self._state: State | None = None

    def sit_down(self, seat_id: str, entry: Entry) -> None:
        self.seat_id = seat_id
        self.role = entry.role
        self.link_version = entry.link_version

    def send(self, message: ToBrowser) -> None:
        self.send_encoded(_encode(message))

    def send_encoded(self, message: bytes) -> None:
        if self.closing is not None:
            return
        self._waiting_bytes += len(message)
        if self._waiting_bytes > MAX_WAITING_BYTES:
            self.interrupt()
            return
        self._waiting.append(message)
        if self._sender is None:
            # Only while there is something to send: an idle socket costs no task.
            self._sender = asyncio.create_task(self._send_all())

    def show(self, state: State) -> None:
        """Send the state, unless that is what the browser was told last, but for the time."""
        if self._state is None or msgspec.structs.replace(state, now=self._state.now) != self._state:
            self._state = state
            self.send(state)
            self.shown.set()

    def close(self, refused: Refused) -> None:
        """Have the handler close the socket, once what is waiting is sent."""
        if self.closing is None:
            self.closing = refused
            self.shown.set()
            if self._sender is None:
                self.interrupt()

    def interrupt(self) -> None:
        """End the handler's waiting for the next message, as none is wanted, or none will come.

        What it does for the last one comes to its end first.
        """
        self._interrupted = True
        self.shown.set()
        if self._receiver is not None:
            self._receiver.cancel()
            self._receiver = None

    async def receive(self) -> FromBrowser | None:
        """The next message; None when no more are wanted. Raises Refused, WebSocketDisconnect."""
        if self._is_over():
            return None
        self._receiver = asyncio.current_task()
        try:
            message = await receive(self._socket)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self._is_over() or task is None:
                raise
            task.uncancel()
            return None
        finally:
            self._receiver = None
        self.heard_at = time.monotonic()
        return message

    def tend(self, now: float) -> None:
        """Ask whether the other end is still there, and give it up when it has been silent."""
        if now - self.heard_at > SILENT_SECONDS:
            self.interrupt()
        elif now - self._pinged_at >= PING_SECONDS:
            self._pinged_at = now
            self.send_encoded(_PING)

    def _is_over(self) -> bool:
        return self._interrupted

    async def finish(self) -> None:
        """The handler's last step: close the socket, if it is not the other end that has.

        The server (Granian 2.8) closes a socket only while nobody waits for a message from it.
        """
        if self._sender is not None:
            await asyncio.wait([self._sender], timeout=CLOSE_SECONDS)
        if self._sender is not None:
            self._sender.cancel()
        if self.closing is not None:
            await close(self._socket, self.closing)

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                message = self._waiting.popleft()
                await self._socket.send_text(message)
                self._waiting_bytes -= len(message)
        except (RuntimeError, OSError, WebSocketException):
            # The socket is gone, and its handler hears of it as well.
            self._waiting.clear()
        finally:
            self._sender = None
        if self.closing is not None:
            self.interrupt()
