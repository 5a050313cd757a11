"""`--env-file`, and settings that fail as one sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rfc_ui.cli.outcome import WRONG_USE, CommandFailed

if TYPE_CHECKING:
    from rfc_ui.settings import Settings

EnvFile = Annotated[
    Path | None,
    typer.Option("--env-file", help="Read settings from this file instead of ./.env.", show_default=False),
]


def load_settings(env_file: Path | None) -> Settings:
    """Load the settings of §17; what is missing or malformed ends the command with its name."""
    from rfc_ui.settings import Settings

    try:
        return Settings.load(env_file)
    except RuntimeError as error:
        home = home_given(env_file)
        if home is not None:
            refuse_unfinished_restore(home)  # what is missing may be what it did not bring back yet
        raise CommandFailed(f"RuntimeError: {error}", exit_code=WRONG_USE) from error


def home_given(env_file: Path | None) -> Path | None:
    """The folder of the SQLite file, also where other settings are missing or wrong; None where it can't be told."""
    from rfc_ui.environment import read_environment

    try:
        given = read_environment(("DATABASE_PATH",), env_file=env_file, environ=os.environ)
    except RuntimeError:
        return None
    return Path(given["DATABASE_PATH"].value).parent if given else None


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return every secret value that log lines must never show."""
    from pydantic import SecretStr

    values = (getattr(settings, name) for name in type(settings).model_fields)
    return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))


def refuse_unfinished_restore(home: Path) -> None:
    """End the command on a site that a restore left half done: whatever is read or written there is mixed up."""
    from services.ops.embedded import RESTORE_AGAIN, is_half_restored

    if is_half_restored(home):
        raise CommandFailed(f"{home}: {RESTORE_AGAIN}")


def start_logging(settings: Settings) -> None:
    """Log as the settings say, without their secrets."""
    from services.ops.log import configure_logging

    configure_logging(log_format=settings.log_format, secrets=secrets_of(settings))
