"""`rfc-ui healthcheck`: for container and service supervisors; standard library only, so that it is quick."""

from __future__ import annotations

import http.client
from typing import Annotated

import typer

from rfc_ui.cli.outcome import CommandFailed


def healthcheck(
    host: Annotated[str, typer.Option(help="Where the server listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port it listens on.", min=1, max=65535)] = 8000,
) -> None:
    """Ask a running server's /healthz; exit 1 if it does not answer 200."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise CommandFailed(f"No healthy answer from http://{host}:{port}/healthz: {error}") from error
    finally:
        connection.close()
    if status != http.client.OK:
        raise CommandFailed(f"http://{host}:{port}/healthz answers {status}.")
    typer.echo("healthy")
