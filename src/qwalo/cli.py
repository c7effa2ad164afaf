"""The command line: qwalo serve | worker | db | sign-in-link | token | doctor | webhooks | openapi."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
import msgspec

from qwalo import __version__, serving
from qwalo.platform import logging
from qwalo.platform.db import copies
from qwalo.platform.db.embedded import EmbeddedPostgres, EmbeddedPostgresError
from qwalo.platform.db.revisions import DatabaseNotReady, current
from qwalo.platform.processes import stop_with_parent
from qwalo.platform.snapshots import shared_snapshots
from qwalo.settings import Settings, SettingsError, load

data_dir_option = click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Where Qwalo keeps its data."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="qwalo")
def main() -> None:
    """Send a video or voice interview to your clients, and hold it in the browser."""
    logging.configure()


@main.command()
@click.option("--host", help="Address to listen at (QWALO_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen at (QWALO_PORT).")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Server processes.")
@click.option("--no-worker", is_flag=True, help="Run no jobs here: `qwalo worker` does, elsewhere.")
@data_dir_option
def serve(host: str | None, port: int | None, workers: int, no_worker: bool, data_dir: Path | None) -> None:
    """Start the server, and a worker with it."""
    options = {"QWALO_HOST": host, "QWALO_PORT": port, "QWALO_DATA_DIR": data_dir}
    with _settings(**options) as settings, _database(settings) as url:
        serving.check_database(settings, url)
        with shared_snapshots() if settings.metrics_token else nullcontext():
            serving.serve(settings, url, processes=workers, worker=not no_worker)


@main.command()
@click.option("--with-parent", is_flag=True, hidden=True, help="Stop when the process that started this one is gone.")
@data_dir_option
def worker(with_parent: bool, data_dir: Path | None) -> None:
    """Run jobs: mails and everything else that happens later."""
    if with_parent:
        stop_with_parent()
    with _settings(QWALO_DATA_DIR=data_dir) as settings, _database(settings) as url:
        serving.check_database(settings, url)
        # The libraries that run jobs are loaded by those who do.
        from qwalo.working import work

        work(settings, url)


@main.command("sign-in-link")
@click.argument("email", required=False)
@click.option("--name", help="The person's name, for somebody new.")
@data_dir_option
def sign_in_link(email: str | None, name: str | None, data_dir: Path | None) -> None:
    """Print a link that signs a person in once.

    Without EMAIL that is the first person of this installation. An address that is not known yet becomes known.
    """
    with _settings(QWALO_DATA_DIR=data_dir) as settings, _database(settings) as url:
        serving.check_database(settings, url)
        click.echo(asyncio.run(serving.sign_in_link(settings, url, email, name)))


@main.command()
@click.argument("email", required=False)
@data_dir_option
def token(email: str | None, data_dir: Path | None) -> None:
    """Print a token for the API, for 30 days: Authorization: Bearer TOKEN."""
    with _settings(QWALO_DATA_DIR=data_dir) as settings, _database(settings) as url:
        serving.check_database(settings, url)
        click.echo(asyncio.run(serving.api_token(settings, url, email)))


@main.command()
def openapi() -> None:
    """Print the OpenAPI document of the API, from which clients are generated."""
    # Nothing is signed here, so that no secret key has to be made and kept for it.
    with _settings(QWALO_SECRET_KEY=secrets.token_hex()) as settings:
        from qwalo.app import create_app
        from qwalo.platform.http.documentation import document

        app = create_app(settings, settings.database_url or "")
        click.echo(msgspec.json.format(document(app), indent=2))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@data_dir_option
@click.pass_context
def doctor(context: click.Context, as_json: bool, data_dir: Path | None) -> None:
    """Check settings, database, mail server, clock, call servers and worker, and say what to do.

    The exit code is 1 where something keeps Qwalo from doing its work.
    """
    # It brings what nothing else needs.
    from qwalo import doctor as doctors

    findings = doctors.examine({"QWALO_DATA_DIR": str(data_dir)} if data_dir else {})
    click.echo(doctors.as_json(findings) if as_json else doctors.as_text(findings))
    context.exit(any(finding.level == "problem" for finding in findings))


@main.group()
def webhooks() -> None:
    """For who writes a program that gets webhooks."""


@webhooks.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8642, show_default=True, help="Port of 127.0.0.1.")
@click.option("--secret", envvar="QWALO_WEBHOOK_SECRET", help="The endpoint's: whsec_… (QWALO_WEBHOOK_SECRET).")
@click.option("--forward", metavar="URL", help="Pass on what is verified, and answer as it does there.")
@click.option("--status", type=click.IntRange(200, 599), default=200, help="What to answer, to try failures.")
def listen(port: int, secret: str | None, forward: str | None, status: int) -> None:
    """Print each delivery that arrives here, and whether its signature is right.

    What is not verified is answered with 400. A Qwalo that is to send here needs
    QWALO_WEBHOOK_PRIVATE_ADDRESSES=true.
    """
    from qwalo.webhooks import listening

    listening.check_secret(secret)
    try:
        server = listening.make_server(port, listening.Answering(secret, forward, status))
    except OSError as error:
        raise click.ClickException(
            f"Port {port} cannot be used ({error.strerror}): choose another with --port."
        ) from error
    click.echo(f"Listening at http://127.0.0.1:{port}/. Press Ctrl-C to end.")
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Ended.")


@main.group()
def db() -> None:
    """Migrations of the database."""


# The commands below load Alembic when they are run: the server's start need not wait for it.


@db.command()
@click.argument("revision", default="head")
@data_dir_option
def upgrade(revision: str, data_dir: Path | None) -> None:
    """Bring the database to REVISION, the newest unless given."""
    with _settings(QWALO_DATA_DIR=data_dir) as settings, _database(settings) as url:
        from qwalo.platform.db import migrate

        migrate.upgrade(url, revision)
        click.echo(f"The database is at {current(url)}.")


@db.command()
@click.argument("revision")
@click.confirmation_option(prompt="Going back can lose data. Go on?")
@data_dir_option
def downgrade(revision: str, data_dir: Path | None) -> None:
    """Take the database back to REVISION (`base`: to an empty one; `-1`: one step, after `--`)."""
    with _settings(QWALO_DATA_DIR=data_dir) as settings, _database(settings) as url:
        from qwalo.platform.db import migrate

        migrate.downgrade(url, revision)
        click.echo(f"The database is at {current(url) or 'nothing'}.")


@db.command()
@click.argument("message")
def revision(message: str) -> None:
    """Write the frame of a new migration that does what MESSAGE says."""
    from qwalo.platform.db import migrate

    click.echo(migrate.new_revision(message))


@db.command()
@data_dir_option
def status(data_dir: Path | None) -> None:
    """Show the migrations, and which of them the database has."""
    with _settings(QWALO_DATA_DIR=data_dir) as settings, _database(settings) as url:
        from qwalo.platform.db import migrate

        for name, message, applied in migrate.history(url):
            click.echo(f"{'x' if applied else ' '} {name}  {message}")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_dir_option
def dump(file: Path, data_dir: Path | None) -> None:
    """Write a copy of the whole database to FILE, while Qwalo goes on working."""
    with _settings(QWALO_DATA_DIR=data_dir) as settings, _database(settings) as url:
        copies.dump(url, file)
        click.echo(f"{file} has all of the database. The secret key is not in it: keep that too.")


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_dir_option
def restore(file: Path, data_dir: Path | None) -> None:
    """Fill an empty database from FILE, which `qwalo db dump` wrote."""
    with _settings(QWALO_DATA_DIR=data_dir) as settings, _database(settings) as url:
        copies.restore(url, file)
        click.echo(f"The database is at {current(url)}. `qwalo doctor` tells whether all is well.")


@contextmanager
def _settings(**options: str | int | Path | None) -> Iterator[Settings]:
    """The settings, the command line's options winning; what stops the command becomes one line."""
    given = {name: str(value) for name, value in options.items() if value is not None}
    try:
        settings = load(given)
        # The processes that this one starts read the same.
        os.environ.update(given)
        yield settings
    except (SettingsError, DatabaseNotReady, EmbeddedPostgresError, serving.CannotServe) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The database's address; the embedded one is started when needed, and stopped by the last that uses it."""
    if settings.database_url is not None:
        yield settings.database_url
    else:
        with EmbeddedPostgres(settings.data_dir) as url:
            yield url
