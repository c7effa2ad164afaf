"""What is examined in these tests, and servers for it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from qwalo.doctor.findings import Finding
from qwalo.doctor.subject import Subject
from tests.conftest import make_settings
from tests.coturn import Coturn, running_coturn
from tests.smtp import self_signed_certificate

MakeSubject = Callable[..., Subject]


@pytest.fixture
def subject(tmp_path: Path) -> MakeSubject:
    """Of settings that are given as environment variables, and the address of a database."""

    def make(url: str | None = None, **values: str) -> Subject:
        return Subject(make_settings(tmp_path, **values), url)

    return make


@pytest.fixture(scope="module")
def coturn() -> Iterator[Coturn]:
    with running_coturn() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(self_signed_certificate())
    return path


@asynccontextmanager
async def tls_in_front(port: int, certificate: Path) -> AsyncIterator[int]:
    """The port of a server that takes TLS and passes on what is in it, as one does in front of coturn."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_copied(reader, back_writer), _copied(back_reader, writer))

    server = await asyncio.start_server(passed, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass  # One side is gone, and the other is told by the end of this.
    finally:
        writer.close()


def levels(findings: list[Finding]) -> list[str]:
    return [finding.level for finding in findings]
