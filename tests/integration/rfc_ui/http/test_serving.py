"""The process itself: the port it wants, and how it ends."""

from __future__ import annotations

import re
import socket
import subprocess
import time

import pytest

from rfc_ui.server import PortTaken, listen
from tests.support.server import COMMAND, RunningServer


def test_a_taken_port_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = (
            f"Port {port} on 127.0.0.1 is already taken; stop what uses it, or give another with --port."
        )
        with pytest.raises(PortTaken, match=re.escape(sentence)):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(PortTaken, match=r"Can't listen on 192\.0\.2\.1:8000: "):
        listen("192.0.2.1", 8000)


def test_a_free_port_is_listened_on() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_serving_on_a_taken_port_ends_with_two(server: RunningServer) -> None:
    command = [*COMMAND, "serve", "--port", str(server.port)]
    done = subprocess.run(
        command,
        env=server.environment(),
        cwd=server.folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr.strip().splitlines()[-1]) == (
        2,
        f"Port {server.port} on 127.0.0.1 is already taken; stop what uses it, or give another with --port.",
    )


def test_the_app_ends_within_ten_seconds_and_says_when_it_started(server: RunningServer) -> None:
    begun = time.monotonic()
    server.stop()
    took = time.monotonic() - begun
    log = server.log.read_text()
    server.start()
    assert (took < 10, "RFC app started — meta repo rfc/meta" in log, "Traceback" in log) == (
        True,
        True,
        False,
    )


def test_nothing_is_left_beside_the_database(server: RunningServer) -> None:
    found = {path.name for path in server.folder.iterdir()} - {"forge-data", "forge-data.log", "app.log"}
    assert {name for name in found if not name.startswith("app.db")} == set()
