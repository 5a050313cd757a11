"""All commands in one place, and the border where a command's failure becomes one sentence."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from rfc_ui.cli.backup import backup, restore
from rfc_ui.cli.branches import branches
from rfc_ui.cli.config import config
from rfc_ui.cli.demo import demo
from rfc_ui.cli.doctor import doctor
from rfc_ui.cli.forge import forge
from rfc_ui.cli.healthcheck import healthcheck
from rfc_ui.cli.mail import mail
from rfc_ui.cli.migrate import migrate
from rfc_ui.cli.outcome import FAILED, WRONG_USE, CommandFailed, words_for_operators
from rfc_ui.cli.reconcile import reconcile
from rfc_ui.cli.seed import seed
from rfc_ui.cli.serve import serve
from rfc_ui.cli.users import users

app = typer.Typer(
    name="rfc-ui",
    help="A live, self-hosted web app in which a community writes its standards together, on Gitea.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (demo, serve, forge, seed, doctor, migrate, reconcile, backup, restore, config, healthcheck):
    app.command()(command)
app.add_typer(users, name="users")
app.add_typer(branches, name="branches")
app.add_typer(mail, name="mail")


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False,
) -> None:
    """A live, self-hosted web app in which a community writes its standards together, on Gitea."""
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"rfc-ui {version_of('rfc-ui')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise CommandFailed("Which command? `rfc-ui --help` lists them.", exit_code=WRONG_USE)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0, 1 for a failure, 2 for wrong use."""
    try:
        outcome = app(args=list(arguments), prog_name="rfc-ui", standalone_mode=False)
    except CommandFailed as failure:
        return _say(failure.sentence, failure.exit_code)
    except typer.TyperException as error:
        return _say(_one_sentence(error), WRONG_USE)
    except (typer.Abort, KeyboardInterrupt):
        return _say("Stopped.", FAILED)
    except Exception as error:  # noqa: BLE001 - the border of a command
        return _failed(error)
    return outcome if isinstance(outcome, int) else 0


def _failed(error: Exception) -> int:
    from services.domain.errors import ProductError

    if isinstance(error, ProductError):
        return _say(words_for_operators(error), FAILED)
    logging.getLogger(__name__).error("command failed", exc_info=error)
    return _say(f"Failed: {type(error).__name__}; the traceback stands above.", FAILED)


def _one_sentence(error: typer.TyperException) -> str:
    sentence = " ".join(str(getattr(error, "format_message", error.__str__)()).split())
    return f"{sentence.rstrip('.')}. See `rfc-ui --help`."


def _say(sentence: str, exit_code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return exit_code
