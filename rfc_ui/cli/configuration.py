"""`--env-file`, and settings that fail as one sentence."""

from __future__ import annotations

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
        raise CommandFailed(f"RuntimeError: {error}", exit_code=WRONG_USE) from error


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return every secret value that log lines must never show."""
    from pydantic import SecretStr

    values = (getattr(settings, name) for name in type(settings).model_fields)
    return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))


def start_logging(settings: Settings) -> None:
    """Log as the settings say, without their secrets."""
    from services.ops.log import configure_logging

    configure_logging(log_format=settings.log_format, secrets=secrets_of(settings))
