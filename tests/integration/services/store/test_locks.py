"""Locks between processes on one database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.domain.errors import Busy
from services.store.locks import SERVING, locked, not_serving, serving

HOLDING = """
import sys
from services.store.locks import serving
with serving(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_held_by_one_at_a_time_and_free_afterwards(database_url: str) -> None:
    with locked(database_url, "migrate"), pytest.raises(Busy), locked(database_url, "migrate", wait=False):
        pass

    with locked(database_url, "migrate", wait=False):
        pass


def test_locks_of_different_names_do_not_meet(database_url: str) -> None:
    with locked(database_url, "migrate"), locked(database_url, SERVING, wait=False):
        pass


def test_several_servers_may_run_on_one_database(database_url: str) -> None:
    with (
        serving(database_url),
        serving(database_url),
        pytest.raises(Busy),
        not_serving(database_url, act="x"),
    ):
        pass


def test_a_killed_server_holds_nothing(database_url: str) -> None:
    command = [sys.executable, "-c", HOLDING, database_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path.cwd()) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        with pytest.raises(Busy), not_serving(database_url, act="migrate"):
            pass
        server.kill()

    with locked(database_url, SERVING):
        assert said == b"held\n"
