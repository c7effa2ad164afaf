"""A place between two that can be cut, as a network or a failed machine would."""

import asyncio
import threading
from contextlib import suppress
from typing import Self

from tests.smtp import free_port


class TcpProxy:
    """`with TcpProxy(port) as proxy:` passes on what comes to `proxy.port` while it is not cut."""

    def __init__(self, backend_port: int) -> None:
        self.port = free_port()
        self.backend_port = backend_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._talks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def mend(self) -> None:
        """Accept connections (again)."""
        asyncio.run_coroutine_threadsafe(self._mend(), self._loop).result()

    def cut(self) -> None:
        """Cut every connection, and refuse new ones."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result()

    async def _mend(self) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        ends = {writer}
        try:
            backend_reader, backend_writer = await self._connect()
            ends.add(backend_writer)
            self._open |= ends
            await asyncio.gather(_copy(reader, backend_writer), _copy(backend_reader, writer))
        except ConnectionError:
            pass  # Nobody is behind the proxy at the moment.
        finally:
            self._open -= ends
            self._talks.discard(task)
            for one in ends:
                one.transport.abort()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.backend_port)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.transport.abort()
