"""How a message of a browser is read: text, of bounded size, in the shape of the protocol."""

import asyncio
from contextlib import suppress
from typing import Any

import msgspec
from litestar import WebSocket
from litestar.exceptions import WebSocketDisconnect, WebSocketException

from qwalo.calls.messages import MAX_MESSAGE, Close, FromBrowser
from qwalo.calls.refusals import Malformed, Refused

AnySocket = WebSocket[Any, Any, Any]

CLOSE_SECONDS = 2.0

_decoder: msgspec.json.Decoder[FromBrowser] = msgspec.json.Decoder(FromBrowser)


async def close(socket: AnySocket, refused: Refused) -> None:
    """Close the socket with a code and a reason, unless it is gone already."""
    # Each server has its own way to say that it is.
    with suppress(TimeoutError, RuntimeError, OSError, WebSocketException):
        await asyncio.wait_for(socket.close(refused.code, refused.reason), CLOSE_SECONDS)


async def receive(socket: AnySocket) -> FromBrowser:
    """The next message. Raises Refused, WebSocketDisconnect."""
    event = await socket.receive()
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(detail="")
    text = event.get("text")
    if not isinstance(text, str):
        raise Malformed("Messages are text.")
    data = text.encode(errors="surrogatepass")
    if len(data) > MAX_MESSAGE:
        raise Refused(Close.TOO_LARGE, "A message has at most 64 KiB.")
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # The sentence of msgspec names the field, and never its value.
        raise Malformed(f"Not a message: {error}"[:120]) from error
