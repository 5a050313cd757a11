"""Serving the app: one process, one worker, h11 (ARCHITECTURE §3)."""

from __future__ import annotations

import errno
import socket
import sys

import uvicorn
from starlette.types import ASGIApp

from rfc_ui.http.sockets import SparingSockets
from rfc_ui.security.quiet_addresses import quiet_addresses

DRAIN_SECONDS = 5
"""How long requests under way may take after SIGTERM; with the closing of the rest it stays below ten seconds."""
BACKLOG = 2048
SWITCH_SECONDS = 0.0005
"""How long a thread may keep the others waiting. With Python's 5 ms, a keystroke that crosses to the database's thread
and back several times took a quarter of a second while a long document was rendered in another."""
WRONG_USE = 2


class PortTaken(Exception):
    """The address can't be listened on; the text is the sentence for the operator."""


def run(app: ASGIApp, host: str, port: int) -> None:
    """Serve `app` until SIGTERM or SIGINT; an address that can't be had is one sentence and exit 2."""
    try:
        listener = listen(host, port)
    except PortTaken as error:
        print(error, file=sys.stderr)
        raise SystemExit(WRONG_USE) from None
    with listener:
        serve(app, listener)


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Serve `app` on a socket that listens already."""
    quiet_addresses()
    sys.setswitchinterval(SWITCH_SECONDS)
    config = uvicorn.Config(
        app,
        http="h11",  # with httptools some websockets on reused connections are cut after five seconds
        ws=SparingSockets,
        log_config=None,
        proxy_headers=False,  # ForwardedHeaders reads them, from trusted proxies only
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=75,
    )
    uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Bind and return the socket; raises PortTaken with what to do."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise PortTaken(f"There is no address {host!r} on this machine; give another with --host.") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(_sentence(error, host, port)) from error
    listener.setblocking(False)
    return listener


def _sentence(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is already taken; stop what uses it, or give another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this account has; give one above 1023 with --port."
    return f"Can't listen on {host}:{port}: {error.strerror}."
