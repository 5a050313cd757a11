"""Whether a port is free, said before any work is done."""

from __future__ import annotations

import socket

from rfc_ui.cli.outcome import WRONG_USE, CommandFailed


def require_free_port(host: str, port: int, *, option: str = "--port") -> None:
    """End the command with a sentence if something listens there already or the address is not ours."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError as error:
        raise CommandFailed(
            f"Port {port} needs more rights than this account has.", exit_code=WRONG_USE
        ) from error
    except OSError as error:
        sentence = (
            f"Port {port} on {host} can't be used ({error.strerror or error}); choose another with {option}."
        )
        raise CommandFailed(sentence, exit_code=WRONG_USE) from error
