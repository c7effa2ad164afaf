"""Clerk's keys, fetched from a stand-in and compared with each other, and its clock with ours."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest

from qwalo.doctor import clerk, clock
from qwalo.doctor.subject import Subject
from tests.clerk import ClerkStandIn, KeyServer
from tests.domains.doctor.conftest import MakeSubject, levels
from tests.smtp import free_port

HERE = "http://localhost:8000"


@pytest.fixture
def instance() -> ClerkStandIn:
    return ClerkStandIn(public_url=HERE)


@pytest.fixture
def keys(instance: ClerkStandIn) -> Iterator[KeyServer]:
    server = KeyServer(instance)
    yield server
    server.stop()


def examined(subject: MakeSubject, instance: ClerkStandIn, url: str | None = None, **values: str) -> Subject:
    given = instance.environment() | {"QWALO_PUBLIC_URL": HERE} | values
    if url is not None:
        given["CLERK_JWKS_URL"] = url
        del given["CLERK_JWT_KEY"]
    return subject(**given)


async def test_keys_that_can_be_fetched_are_well(subject: MakeSubject, instance: ClerkStandIn, keys: KeyServer) -> None:
    assert levels(await clerk.check(examined(subject, instance, keys.url))) == ["ok", "ok"]
    assert keys.fetches == 1


async def test_a_key_in_the_settings_needs_no_network(subject: MakeSubject, instance: ClerkStandIn) -> None:
    assert levels(await clerk.check(examined(subject, instance))) == ["ok", "ok"]


async def test_keys_that_cannot_be_fetched_are_told(subject: MakeSubject, instance: ClerkStandIn) -> None:
    url = f"http://127.0.0.1:{free_port()}/jwks.json"
    _, finding = await clerk.check(examined(subject, instance, url))
    assert finding.level == "problem"
    assert url in finding.detail


@pytest.mark.parametrize(("status", "body"), [(404, b"no"), (200, b"<html>"), (200, b'{"keys": []}')])
async def test_an_answer_without_keys_is_told(
    subject: MakeSubject, instance: ClerkStandIn, keys: KeyServer, status: int, body: bytes
) -> None:
    keys.status, keys.body = status, body
    assert levels(await clerk.check(examined(subject, instance, keys.url))) == ["ok", "problem"]


async def test_keys_of_two_instances_are_told(subject: MakeSubject, instance: ClerkStandIn) -> None:
    finding, _ = await clerk.check(examined(subject, instance, CLERK_ISSUER="https://other.clerk.accounts.dev"))
    assert finding.level == "problem"
    assert "same instance" in finding.advice


async def test_a_development_instance_in_public_is_a_warning(subject: MakeSubject, instance: ClerkStandIn) -> None:
    public = "https://qwalo.example.com"
    values = {"QWALO_PUBLIC_URL": public, "CLERK_AUTHORIZED_PARTIES": public}
    assert levels(await clerk.check(examined(subject, instance, **values))) == ["ok", "ok", "warning"]


async def test_parties_without_our_own_address_are_a_problem(subject: MakeSubject, instance: ClerkStandIn) -> None:
    values = {"CLERK_AUTHORIZED_PARTIES": "https://other.example.com"}
    assert levels(await clerk.check(examined(subject, instance, **values))) == ["ok", "ok", "problem"]


async def test_without_clerk_there_is_nothing_to_say(subject: MakeSubject) -> None:
    assert await clerk.check(subject()) == []


@pytest.mark.parametrize(
    ("ahead", "level", "word"), [(0, "ok", "agrees"), (10, "warning", "ahead"), (-3600, "problem", "behind")]
)
async def test_the_clock_is_compared_with_clerks(
    subject: MakeSubject, instance: ClerkStandIn, ahead: int, level: str, word: str
) -> None:
    async with answering_at(time.time() + ahead) as url:
        (finding,) = await clock.check(examined(subject, instance, url))
    assert finding.level == level
    assert word in finding.detail


@asynccontextmanager
async def answering_at(moment: float) -> AsyncIterator[str]:
    """The address of a server whose clock shows that."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        date = formatdate(moment, usegmt=True)
        writer.write(f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks.json"
