"""What the nursery forks is as good as a process that has been started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.nursery import Birth, nursery

NEWBORN = "tests.support.newborn"
ARGUMENTS = ("one", "two words")
ROOT = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "ONLY": "this"}


def forked(folder: Path) -> tuple[dict[str, Any], int]:
    """What a forked process says of itself, and how it ended."""
    birth = Birth(NEWBORN, ARGUMENTS, environment(), str(folder))
    with (folder / "said").open("w+") as said, Path(os.devnull).open() as nothing:
        status = nursery().fork(birth, stdin=nothing, stdout=said, stderr=said).wait(30)
        said.seek(0)
        return json.loads(said.read()), status


def started(folder: Path) -> tuple[dict[str, Any], int]:
    """The same of one that was started."""
    with (folder / "told").open("w+") as told:
        done = subprocess.run(
            [sys.executable, "-m", NEWBORN, *ARGUMENTS],
            check=False, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=told, stderr=told,
        )  # fmt: skip
        told.seek(0)
        return json.loads(told.read()), done.returncode


def test_a_forked_process_begins_as_a_started_one_does(tmp_path: Path) -> None:
    fork, start = forked(tmp_path), started(tmp_path)

    assert fork[0].pop("chance") != start[0].pop("chance")
    assert fork == start


def test_no_two_have_the_same_chances(tmp_path: Path) -> None:
    assert forked(tmp_path)[0]["chance"] != forked(tmp_path)[0]["chance"]


def test_it_runs_until_it_is_killed_and_that_is_told(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    birth = Birth(
        "services.forge",
        ("--data", str(tmp_path), "--port", "0", "--exit-with-stdin"),
        environment(),
        str(ROOT),
    )
    child = nursery().fork(birth, stdin=reading, stdout=writing, stderr=writing)
    assert child.poll() is None

    child.kill()

    assert (child.wait(30), child.poll()) == (-signal.SIGKILL, -signal.SIGKILL)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
    for one in (reading, writing):
        os.close(one)
