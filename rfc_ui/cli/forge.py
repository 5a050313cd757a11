"""`rfc-ui forge`: the embedded forge alone, as if it were a Gitea."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from rfc_ui.cli.outcome import WRONG_USE, CommandFailed


def forge(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 3000,
    data: Annotated[Path, typer.Option(help="Folder for everything the forge keeps.")] = Path("forge-data"),
    root_url: Annotated[str, typer.Option(help="Address seen from outside, if it is another.")] = "",
) -> None:
    """Run the embedded forge alone; its site admin is `root`."""
    from services.forge.server import PlaceTaken, forge_place

    place = data / "forge"
    try:
        with forge_place(place, host, port) as listening:
            _serve(listening, data, place, root_url or f"http://{host}:{port}")
    except PlaceTaken as error:
        sentence = f"The forge did not start: {str(error).rstrip('.')}."
        raise CommandFailed(sentence, exit_code=WRONG_USE) from error


def _serve(listening: socket.socket, data: Path, place: Path, root_url: str) -> None:
    from services.forge.server import run_forge
    from services.forge.settings import ForgeSettings
    from services.ops.embedded import ADMIN_PASSWORD_FILE, SITE_ADMIN, kept_secret
    from services.ops.log import configure_logging

    password = kept_secret(data / ADMIN_PASSWORD_FILE)
    configure_logging(secrets=[password])
    typer.echo(f"Site admin: {SITE_ADMIN}; the password is in {data / ADMIN_PASSWORD_FILE}")
    sys.stdout.flush()
    settings = ForgeSettings(
        data=place,
        root_url=root_url,
        admin_user=SITE_ADMIN,
        admin_password=password,
        allowed_hosts=("loopback", "private", "external"),
    )
    if run_forge(settings, listening):
        raise CommandFailed("The forge did not start; the reason stands above.")
