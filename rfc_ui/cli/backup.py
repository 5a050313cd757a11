"""`rfc-ui backup` and `rfc-ui restore`: the database, or with an embedded forge the whole site, and back (§17)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rfc_ui.cli.configuration import EnvFile, load_settings, refuse_unfinished_restore, start_logging
from rfc_ui.cli.embedding import site_of

Where = Annotated[Path, typer.Argument(help="The backup's file.", show_default=False)]


def backup(path: Where, env_file: EnvFile = None) -> None:
    """Copy the database, and an embedded forge, to PATH while the app runs; it appears complete and checked."""
    from services.ops.embedded_backup import back_up_site
    from services.store.backup import backup as back_up

    site = site_of(env_file)
    if site is not None:
        refuse_unfinished_restore(site.home)
        back_up_site(site, path)
        typer.echo(f"The database and the embedded forge with its repositories are in {path}.")
        return
    settings = load_settings(env_file)
    start_logging(settings)
    refuse_unfinished_restore(settings.home)
    back_up(settings.storage_url, path)
    typer.echo(f"The database is in {path}. Gitea has a backup of its own: `gitea dump`.")


def restore(path: Where, env_file: EnvFile = None) -> None:
    """Put a backup in the place of the database, and of an embedded forge; refused while the app runs on it."""
    from services.ops.embedded_backup import restore_site
    from services.store.backup import restore as put_back

    site = site_of(env_file)
    if site is not None:
        replaced = restore_site(site, path)
        former = {"database": replaced.database, "forge": replaced.forge}
    else:
        settings = load_settings(env_file)
        start_logging(settings)
        former = {"database": put_back(settings.storage_url, path)}
    typer.echo("Restored. What was under way at the time of the backup is parked for an admin.")
    for what, where in former.items():
        if where is not None:
            typer.echo(f"The former {what} is {where}.")
