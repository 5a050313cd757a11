"""Serving a forge over HTTP."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from services.forge import times
from services.forge.app import create_forge
from services.forge.folder import FolderInUse, holding
from services.forge.settings import ForgeSettings


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, url: str) -> None:
        super().__init__(config)
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"forge ready at {self._url}", flush=True)


class PlaceTaken(Exception):
    """The forge can't have its address or its folder; the text is a sentence."""


@contextmanager
def forge_place(data: Path, host: str, port: int) -> Iterator[socket.socket]:
    """Listen on the address and use the folder alone, before anything is written. Raises PlaceTaken."""
    try:
        listening = _listen(host, port)
    except OSError as failed:
        reason = (
            "is taken by another program" if failed.errno == errno.EADDRINUSE else f"cannot be used: {failed}"
        )
        raise PlaceTaken(f"{host}:{port} {reason}") from failed
    with listening:
        try:
            held = holding(data)
            held.__enter__()
        except FolderInUse as error:
            raise PlaceTaken(str(error)) from error
        try:
            yield listening
        finally:
            held.__exit__(None, None, None)


def run_forge(settings: ForgeSettings, listening: socket.socket, *, exit_with_stdin: bool = False) -> int:
    """Serve until a signal comes (or stdin ends, when asked) on a place of `forge_place`; answers the exit code."""
    config = uvicorn.Config(
        create_forge(settings),
        http="h11",
        ws="none",
        access_log=False,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=3,
        timeout_keep_alive=75,
    )
    server = _Server(config, settings.url)
    if exit_with_stdin:
        threading.Thread(target=_listen_to_parent, args=(server,), daemon=True).start()
    asyncio.run(server.serve(sockets=[listening]))
    return 0 if server.started else 1


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off only where it sees the protocol named: 40 ms an answer
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
        made.listen(512)
    except OSError:
        made.close()
        raise
    return made


def _listen_to_parent(server: uvicorn.Server) -> None:
    """Each line on stdin is how many seconds the clock shall go late; its end is the end of the forge."""
    with os.fdopen(0, closefd=False) as lines:
        for line in lines:
            times.run_behind(int(line))
    server.should_exit = True
