"""The command line: qwalo serve | worker | db | sign-in-link | token."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from qwalo import __version__, serving
from qwalo.platform import logging
from qwalo.platform.db.embedded import EmbeddedPostgres, EmbeddedPostgresError
from qwalo.platform.db.revisions import DatabaseNotReady, current
from qwalo.platform.processes import stop_with_parent
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
