"""Who asked, under which id, and what is counted and logged of it: around any application."""

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network
from typing import Any

import pytest
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.testing import AsyncTestClient
from structlog.testing import capture_logs

from qwalo.app import create_app
from qwalo.platform.http.client_address import TrustedProxies
from qwalo.platform.http.counting import RequestCounts
from qwalo.platform.http.origin import Origin, current_origin
from qwalo.platform.http.request_frame import RequestFrame
from tests.conftest import make_settings

Message = dict[str, Any]
PROXIES = ("127.0.0.1", "10.0.0.0/8", "2001:db8::/32")


class Asked:
    """One request through the frame: what the application saw, and what was sent."""

    def __init__(
        self, *headers: tuple[str, str], peer: str | None = "127.0.0.1", proxies: tuple[str, ...] = (), **options: Any
    ) -> None:
        self.counts = RequestCounts()
        self.sent: list[Message] = []
        self.seen = Origin()
        self._options = {"log_all": False, **options}
        self._trusted = TrustedProxies([ip_network(item) for item in proxies])
        self._scope: Message = {
            "type": ScopeType.HTTP,
            "method": "GET",
            "headers": [(name.encode(), value.encode()) for name, value in headers],
            "client": None if peer is None else (peer, 4711),
        }

    async def through(self, *messages: Message, error: Exception | None = None, **scope: Any) -> "Asked":
        self._scope |= scope

        async def app(scope: Any, receive: Any, send: Any) -> None:
            self.seen = current_origin()
            scope["path_template"] = "/i/{token}"
            for message in messages:
                await send(message)
            if error is not None:
                raise error

        async def send(message: Any) -> None:
            self.sent.append(message)

        frame = RequestFrame(self._trusted, self.counts, log_all=self._options["log_all"])
        framed: Callable[..., Any] = frame.around(app)
        await framed(self._scope, None, send)
        return self

    @property
    def request_id(self) -> str:
        given: str = dict(self.sent[0]["headers"])[b"x-request-id"].decode()
        return given


def answer(status: int = 200, *headers: tuple[bytes, bytes]) -> Message:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(*, more: bool = False) -> Message:
    return {"type": "http.response.body", "body": b"", "more_body": more}


async def test_the_application_and_the_answer_have_the_same_id() -> None:
    asked = await Asked().through(answer(), body())
    assert asked.seen.request_id == asked.request_id
    assert 8 <= len(asked.request_id) <= 64


async def test_no_two_requests_have_the_same_id() -> None:
    frame = RequestFrame(TrustedProxies(()), RequestCounts(), log_all=False)
    ids: set[str | None] = set()

    async def app(*_: Any) -> None:
        ids.add(current_origin().request_id)

    framed: Callable[..., Any] = frame.around(app)
    for _ in range(100):
        await framed({"type": ScopeType.HTTP, "method": "GET", "headers": [], "client": None}, None, None)
    assert len(ids) == 100


@pytest.mark.parametrize("given", ["abcdefgh", "A" * 64, "3f2a_-9d-0001"])
async def test_a_trusted_proxy_gives_the_id(given: str) -> None:
    asked = await Asked(("x-request-id", given), proxies=PROXIES).through(answer())
    assert asked.request_id == asked.seen.request_id == given


@pytest.mark.parametrize("given", ["short", "A" * 65, "with space", "new\nline-id", "ünicode-id", ""])
async def test_an_id_that_is_none_is_replaced(given: str) -> None:
    asked = await Asked(("x-request-id", given), proxies=PROXIES).through(answer())
    assert asked.request_id != given


async def test_nobody_else_gives_the_id() -> None:
    asked = await Asked(("x-request-id", "chosen-by-me"), peer="203.0.113.9", proxies=PROXIES).through(answer())
    assert asked.request_id != "chosen-by-me"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        # The peer is no proxy: what it says of others counts for nothing.
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        # The left of it was written by the client itself.
        ("127.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.1.1.1, 198.51.100.1, 10.2.3.4", "198.51.100.1"),
        ("127.0.0.1", "10.1.1.1,10.2.3.4", "10.1.1.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1, unknown, 10.2.3.4", "10.2.3.4"),
        ("127.0.0.1", "198.51.100.1:50123", "198.51.100.1"),
        ("127.0.0.1", "[2001:db9::7]:50123", "2001:db9::7"),
        ("127.0.0.1", "2001:DB9:0::7", "2001:db9::7"),
        ("127.0.0.1", "2001:db9::7, 2001:db8::1", "2001:db9::7"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        (None, "198.51.100.1", None),
    ],
)
async def test_the_client_is_who_the_last_stranger_was(peer: str | None, forwarded: str, client: str | None) -> None:
    """Read from the right, as only what a trusted proxy added is true."""
    asked = await Asked(("x-forwarded-for", forwarded), peer=peer, proxies=PROXIES).through(answer())
    assert asked.seen.address == client


async def test_several_lines_are_one_list() -> None:
    lines = (("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "198.51.100.1"))
    asked = await Asked(*lines, proxies=PROXIES).through(answer())
    assert asked.seen.address == "198.51.100.1"


async def test_without_a_proxy_no_header_is_believed() -> None:
    asked = await Asked(("x-forwarded-for", "198.51.100.1"), ("x-request-id", "chosen-by-me")).through(answer())
    assert (asked.seen.address, asked.request_id == "chosen-by-me") == ("127.0.0.1", False)


async def test_an_answer_is_counted_by_its_route() -> None:
    asked = await Asked().through(answer(404), body())
    (key, answers), *rest = asked.counts.answers.items()
    assert (key, sum(answers.buckets), rest) == (("/i/{token}", "GET", 404), 1, [])


async def test_a_method_of_the_clients_own_makes_no_count_of_its_own() -> None:
    counts = RequestCounts()
    for number in range(1000):
        counts.add("none", f"METHOD{number}", 405, 0.001)
    assert list(counts.answers) == [("none", "other", 405)]


async def test_a_live_page_is_open_while_it_streams() -> None:
    seen = []
    asked = Asked()

    class Watching(list[Message]):
        def append(self, message: Message) -> None:
            seen.append(asked.counts.streams)

    asked.sent = Watching()
    stream = answer(200, (b"content-type", b"text/event-stream; charset=utf-8"))
    await asked.through(stream, body(more=True), body(more=True), body())
    assert (seen, asked.counts.streams) == ([0, 1, 1, 1], 0)


async def test_a_socket_is_open_until_it_ends() -> None:
    asked = await Asked().through({"type": "websocket.accept"}, type=ScopeType.WEBSOCKET)
    assert (asked.counts.sockets, list(asked.counts.answers)) == (0, [("/i/{token}", "WEBSOCKET", 101)])
    assert asked.request_id == asked.seen.request_id


async def test_a_fault_of_ours_is_logged_and_nothing_else() -> None:
    with capture_logs() as logs:
        await Asked().through(answer(200))
        await Asked().through(answer(404))
        await Asked(peer="203.0.113.9").through(answer(503))
    (line,) = logs
    assert (line["event"], line["method"], line["route"], line["status"]) == ("request", "GET", "/i/{token}", 503)
    assert (line["address"], line["log_level"]) == ("203.0.113.9", "info")


async def test_with_an_access_log_every_request_is_logged() -> None:
    with capture_logs() as logs:
        await Asked(log_all=True).through(answer(200))
    assert [line["status"] for line in logs] == [200]


async def test_an_answer_that_breaks_off_is_in_the_log() -> None:
    with capture_logs() as logs, pytest.raises(RuntimeError):
        await Asked().through(answer(200), body(more=True), error=RuntimeError("in the middle"))
    assert [line["log_level"] for line in logs] == ["error"]


@pytest.fixture
async def proxied(tmp_path: Any, database_url: str) -> AsyncIterator[AsyncTestClient[Litestar]]:
    app = create_app(make_settings(tmp_path, QWALO_CORS_ORIGINS="https://a.example.com"), database_url)
    async with AsyncTestClient(app) as client:
        yield client


@pytest.mark.parametrize("path", ["/health/live", "/workspaces", "/nothing/here", "/sign-in", "/dashboard"])
async def test_every_answer_has_an_id(proxied: AsyncTestClient[Litestar], path: str) -> None:
    """Also what no route answers."""
    assert "x-request-id" in (await proxied.get(path)).headers


async def test_a_preflight_has_an_id_too(proxied: AsyncTestClient[Litestar]) -> None:
    asking = {"Origin": "https://a.example.com", "Access-Control-Request-Method": "GET"}
    response = await proxied.options("/workspaces", headers=asking)
    assert "x-request-id" in response.headers
