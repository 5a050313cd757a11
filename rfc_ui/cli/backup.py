"""`rfc-ui backup` and `rfc-ui restore`: the database as one checked file, and back (§17)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rfc_ui.cli.configuration import EnvFile, load_settings, start_logging
from rfc_ui.cli.outcome import CommandFailed

if TYPE_CHECKING:
    from rfc_ui.settings import Settings

Where = Annotated[Path, typer.Argument(help="The backup's file.", show_default=False)]
WHOLE_FOLDER = (
    "With FORGE=embedded the repositories belong to the backup: stop the service and copy the whole folder "
    "of DATABASE_PATH instead."
)


def backup(path: Where, env_file: EnvFile = None) -> None:
    """Copy the database to PATH while the app runs; the file appears only when it is complete and sound."""
    from services.store.backup import backup as back_up

    settings = _own_database(env_file)
    back_up(settings.storage_url, path)
    typer.echo(f"The database is in {path}. Gitea has a backup of its own: `gitea dump`.")


def restore(path: Where, env_file: EnvFile = None) -> None:
    """Put a backup in the place of the database; refused while the app runs on it."""
    from services.store.backup import restore as put_back

    settings = _own_database(env_file)
    replaced = put_back(settings.storage_url, path)
    typer.echo("Restored. What was under way at the time of the backup is parked for an admin.")
    if replaced is not None:
        typer.echo(f"The former database is {replaced}.")


def _own_database(env_file: Path | None) -> Settings:
    settings = load_settings(env_file)
    start_logging(settings)
    if settings.forge == "embedded":
        raise CommandFailed(WHOLE_FOLDER)
    return settings
