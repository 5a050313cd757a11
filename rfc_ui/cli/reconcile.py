"""`rfc-ui reconcile`: reads Gitea in full, at once, instead of waiting for the next sweep."""

from __future__ import annotations

from typing import Annotated

import typer

from rfc_ui.cli.application import with_context
from rfc_ui.cli.configuration import EnvFile, load_settings, start_logging


def reconcile(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    env_file: EnvFile = None,
) -> None:
    """Read Gitea in full and bring the cache up to date; a running server notices within a second."""
    settings = load_settings(env_file)
    start_logging(settings)
    report = with_context(settings, lambda context: context.refresher.reconcile(dry_run=dry_run))
    verb = "would change" if dry_run else "changed"
    typer.echo(f"{report.entries} entries and {report.pulls} pull requests {verb}.")
