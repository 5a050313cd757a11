"""A commit that was reported is there after kill -9, whole, and the database is sound (§19)."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import Cluster

WRITER = Path(__file__).with_name("writer_process.py")
ROUNDS = 3


def write_until_killed(url: str, first: int) -> list[int]:
    """The numbers whose commit was reported before the process was killed, at a random moment."""
    command = [sys.executable, str(WRITER), url, str(first)]
    reported: list[int] = []
    rows = random.randint(1, 120)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd(), env=path()) as process:
        assert process.stdout is not None
        for line in process.stdout:
            reported.append(int(line))
            if len(reported) == rows:
                process.kill()
    return reported


def path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path.cwd())}


def test_sqlite_keeps_every_reported_commit(sqlite_url: str, tmp_path: Path) -> None:
    reported: list[int] = []
    for _ in range(ROUNDS):
        reported += write_until_killed(sqlite_url, first=max(reported, default=0) + 1000)

    with closing(sqlite3.connect(tmp_path / "rfc.db")) as database:
        integrity = database.execute("PRAGMA integrity_check").fetchall()
        stored = {int(row[0]) for row in database.execute("SELECT delivery_id FROM webhook_deliveries")}
        told = {int(row[0][5:]) for row in database.execute("SELECT topic FROM events")}

    assert integrity == [("ok",)]
    assert set(reported) - stored == set()
    assert stored == told
    assert len(stored - set(reported)) <= ROUNDS


@pytest.mark.postgres
def test_postgres_keeps_every_reported_commit(postgres_cluster: Cluster) -> None:
    name = postgres_cluster.create(template="migrated")

    reported = write_until_killed(postgres_cluster.url(name), first=1)

    with psycopg.connect(f"host={postgres_cluster.folder} user=postgres dbname={name}") as database:
        # Both of one moment: PostgreSQL may still end what the killed process asked for last.
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        stored = {int(row[0]) for row in database.execute("SELECT delivery_id FROM webhook_deliveries")}
        told = {int(row[0][5:]) for row in database.execute("SELECT topic FROM events")}
    postgres_cluster.drop(name)
    assert set(reported) - stored == set()
    assert stored == told
