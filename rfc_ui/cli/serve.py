"""`rfc-ui serve`: the app, and with `FORGE=embedded` the forge beside it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from rfc_ui.cli.configuration import EnvFile, load_settings, refuse_unfinished_restore, start_logging
from rfc_ui.cli.embedding import foreseen_settings, owner_login, plan_of, start_forge
from rfc_ui.cli.outcome import WRONG_USE, CommandFailed, words_for_operators

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rfc_ui.settings import Settings
    from services.ops.embedded import EmbeddedForge, EmbeddedPlan


def serve(
    env_file: EnvFile = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
) -> None:
    """Serve the app until it is told to stop."""
    end_on_sigterm()
    plan = plan_of(env_file)
    settings = load_settings(env_file) if plan is None else foreseen_settings(env_file)
    with listen_on(host, port) as listener, alone_on(settings):
        if plan is None:
            _serve(settings, listener)
            return
        forge = _embedded_forge(plan, env_file)
        try:
            _serve(load_settings(env_file), listener)
        finally:
            forge.stop()


@contextmanager
def alone_on(settings: Settings) -> Iterator[None]:
    """Hold the site, before anything of it is changed; refused while another server or a restore needs it."""
    from services.ops.privacy import keep_private
    from services.store.locks import starting_alone

    with starting_alone(settings.storage_url):
        refuse_unfinished_restore(settings.home)
        if settings.database_path is not None:
            keep_private(settings.database_path)
        yield


def _serve(settings: Settings, listener: socket.socket) -> None:
    from rfc_ui.app import create_app

    start_logging(settings)
    serve_app(create_app(settings), listener)


def serve_app(app: FastAPI, listener: socket.socket) -> None:
    """Serve until the end; a start that is refused ends the command with the reason as its last line."""
    from rfc_ui.lifespan import refusal_of
    from rfc_ui.server import serve as serve_on

    try:
        serve_on(app, listener)
    except SystemExit as end:
        refusal = refusal_of(app)
        if refusal is None:
            raise
        raise CommandFailed(words_for_operators(refusal)) from end


def end_on_sigterm() -> None:
    """Let SIGTERM unwind the stack, so that what was started is ended; uvicorn raises it again after draining."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)


def listen_on(host: str, port: int) -> socket.socket:
    """Take the address, or end the command with the sentence that says why not."""
    from rfc_ui.server import PortTaken, listen

    try:
        return listen(host, port)
    except PortTaken as error:
        raise CommandFailed(str(error), exit_code=WRONG_USE) from error


def _embedded_forge(plan: EmbeddedPlan, env_file: Path | None) -> EmbeddedForge:
    from services.ops.embedded import welcome_owner

    forge = start_forge(plan)
    password_file = welcome_owner(forge, plan.home, login=owner_login(env_file))
    if password_file is not None:
        typer.echo(f"The owner's account was made on the embedded forge; its password is in {password_file}")
    return forge
