"""`rfc-ui config`: every setting, where it comes from, secrets hidden."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from rfc_ui.cli.configuration import EnvFile, load_settings
from rfc_ui.cli.outcome import WRONG_USE, CommandFailed

if TYPE_CHECKING:
    from rfc_ui.settings import ShownSetting


def config(env_file: EnvFile = None) -> None:
    """Show every setting and where it comes from; secrets stay hidden."""
    from rfc_ui.settings import show_settings, unknown_names

    try:
        shown, unknown = show_settings(env_file, os.environ), unknown_names(env_file)
    except RuntimeError as error:
        raise CommandFailed(f"RuntimeError: {error}", exit_code=WRONG_USE) from error
    width = max(len(one.name) for one in shown)
    for one in shown:
        typer.echo(_line(one, width))
    for name in unknown:
        typer.echo(f"{name:<{width}}  is no setting of this version: a slip of the pen?")
    load_settings(env_file)


def _line(one: ShownSetting, width: int) -> str:
    return f"{one.name:<{width}}  {one.value or '-'}  [{one.source}]"
