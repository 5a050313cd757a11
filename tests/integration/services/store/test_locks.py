"""Locks between processes on one database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.domain.errors import Busy, StorageUnavailable
from services.store.locks import SERVING, among_servers, locked, not_serving, serving, starting_alone

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


def test_a_lock_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "rfc.db.backup.lock").mkdir()

    with (
        pytest.raises(StorageUnavailable) as refused,
        locked(f"sqlite:///{tmp_path / 'rfc.db'}", "backup", wait=False),
    ):
        pass

    assert (
        refused.value.message
        == f"The file {tmp_path / 'rfc.db.backup.lock'} can't be opened: Is a directory."
    )


def test_servers_that_start_on_one_sqlite_file_do_so_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'rfc.db'}"

    with starting_alone(url):
        with pytest.raises(Busy, match="Another server runs on this SQLite file"), starting_alone(url):
            pass
        with (
            pytest.raises(Busy, match="stop it before you restore a backup"),
            not_serving(url, act="restore a backup"),
        ):
            pass
    with starting_alone(url), serving(url), among_servers(url) as alone:
        assert alone
