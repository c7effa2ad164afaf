"""Starting and stopping: the server's processes, the worker beside them, the first person's sign-in link."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import click
from granian import Granian
from granian.constants import Interfaces, Loops

from qwalo.identity.clerk.browser import ClerkBrowser
from qwalo.identity.clerk.events import ClerkWebhooks
from qwalo.identity.clerk.keys import signing_keys
from qwalo.identity.clerk.tokens import ClerkTokens
from qwalo.identity.local import sign_in
from qwalo.identity.local.links import SignInLinks
from qwalo.identity.local.sessions import Sessions
from qwalo.identity.models import User
from qwalo.platform.db import revisions
from qwalo.platform.db.pool import Connection, connect
from qwalo.platform.http.fields import normal_email
from qwalo.platform.processes import own_children
from qwalo.settings import ClerkSettings, Settings

GRACE_SECONDS = 10
MAX_FILES = 65_536


class CannotServe(Exception):
    """Something stops the start. The message says what to do."""


def check_database(settings: Settings, url: str) -> None:
    """Upgrade an embedded database; refuse an outdated one that somebody else keeps.

    Raises:
        CannotServe: the migrations have to be run first.
        DatabaseNotReady: it cannot be reached or used.
    """
    head = revisions.head()
    at = revisions.current(url)
    if at == head:
        return
    if at is not None and at > head:
        raise CannotServe(
            f"The database is at migration {at}, which this version of Qwalo ({head}) does not know: "
            "install the version that wrote it, or a newer one."
        )
    if settings.database_url is not None:
        raise CannotServe(
            f"The database is at migration {at or 'none'}, and Qwalo needs {head}: run `qwalo db upgrade`."
        )
    # Alembic and SQLAlchemy take half a second and 30 MiB, which most starts can do without.
    from qwalo.platform.db import migrate

    migrate.upgrade(url)


def serve(settings: Settings, url: str, *, processes: int, worker: bool) -> None:
    """Run the server until it is stopped by a signal."""
    if settings.clerk is not None:
        _check_clerk(settings.clerk, settings.public_url)
    for port in filter(None, (settings.port, settings.socket_port)):
        _refuse_taken_port(settings.host, port)
    _print_welcome(settings, url)
    # The processes started from here read their settings by themselves, and use the database found here.
    os.environ["DATABASE_URL"] = url
    own_children()
    _allow_many_sockets()
    companion = _Worker() if worker else None
    try:
        Granian(
            "qwalo.app:create_process_app",
            factory=True,
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            loop=Loops.uvloop if sys.platform != "win32" else Loops.asyncio,
            workers=processes,
            respawn_failed_workers=True,
            workers_kill_timeout=GRACE_SECONDS,
            websockets=True,
            log_enabled=False,
        ).serve()
    finally:
        if companion is not None:
            companion.stop()


async def sign_in_link(settings: Settings, url: str, email: str | None, name: str | None) -> str:
    """A link that signs a person in once: the first person of the installation, or the one with this address.

    Raises:
        CannotServe: Clerk is the one who signs people in, or the address is none.
    """
    links = SignInLinks(settings.secret_key, settings.public_url)
    async with _local_sign_in(settings, url) as conn:
        user = await _person(conn, email, name)
        return await sign_in.terminal_link(conn, links, user)


async def api_token(settings: Settings, url: str, email: str | None) -> str:
    """A session's token for the API. Raises CannotServe, see `sign_in_link`."""
    async with _local_sign_in(settings, url) as conn:
        user = await _person(conn, email, None)
        return Sessions(settings.secret_key, secure=settings.secure).start(user.id)


def _check_clerk(clerk: ClerkSettings, public_url: str) -> None:
    """A key that cannot be used stops the start here, and not in each of the server's processes.

    Raises SettingsError.
    """
    ClerkBrowser(clerk, ClerkTokens(clerk, signing_keys(clerk)), public_url)
    if clerk.webhook_secret is not None:
        ClerkWebhooks(clerk.webhook_secret)


def _refuse_taken_port(host: str, port: int) -> None:
    """Several processes share the port, so a second server would quietly get half of the requests."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotServe(
                f"Qwalo cannot listen at {host}:{port} ({error.strerror}): "
                "stop what is using it, or choose another with --host, --port or QWALO_SOCKET_PORT."
            ) from error


def _allow_many_sockets() -> None:
    """Each socket is an open file. Many systems allow a process 1,024 unless it asks for more."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(MAX_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # macOS says that there is no limit, and refuses what is above another one.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _print_welcome(settings: Settings, url: str) -> None:
    click.echo(f"\n  Qwalo is at {settings.public_url}/dashboard")
    if settings.clerk is None:
        link = asyncio.run(sign_in_link(settings, url, None, None))
        click.echo(f"  Sign in with this link, which works once:\n\n    {link}\n")
    else:
        click.echo("  People sign in through Clerk.\n")
    if settings.smtp is None:
        click.echo("  SMTP_URL is not set: mails are kept in the dashboard's mailbox, and not sent.\n")
    sys.stdout.flush()


@asynccontextmanager
async def _local_sign_in(settings: Settings, url: str) -> AsyncIterator[Connection]:
    if settings.clerk is not None:
        raise CannotServe("People sign in through Clerk here: make a session there.")
    async with connect(url) as conn, conn.transaction():
        yield conn


async def _person(conn: Connection, email: str | None, name: str | None) -> User:
    if email is None:
        return await sign_in.first_or_new_person(conn)
    try:
        return await sign_in.known_or_new_person(conn, normal_email(email), name)
    except ValueError as error:
        raise CannotServe(f"EMAIL: {error}") from error


class _Worker:
    """A `qwalo worker` beside the server, started again when it dies."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process = self._start()
        self._watch = threading.Thread(target=self._restart_when_dead, daemon=True, name="worker-watch")
        self._watch.start()

    def stop(self) -> None:
        self._stopping.set()
        self._process.send_signal(signal.SIGTERM)
        self._watch.join(GRACE_SECONDS)
        if self._process.poll() is None:
            self._process.kill()

    def _start(self) -> subprocess.Popen[bytes]:
        # Ctrl-C reaches the whole terminal; the worker is told by `stop` instead, when the server has ended.
        return subprocess.Popen([sys.executable, "-m", "qwalo", "worker", "--with-parent"], start_new_session=True)

    def _restart_when_dead(self) -> None:
        while True:
            self._process.wait()
            if self._stopping.wait(timeout=1):
                return
            self._process = self._start()
