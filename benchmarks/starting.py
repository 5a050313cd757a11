"""Starting the demo, for the first time and again: from the command until its pages answer (§19)."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.figure import Figure
from tests.support.demo import running_demo


def measure() -> list[Figure]:
    """Start a demo in a new folder, stop it, and start it there again; all packages are installed already."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        return [
            Figure("first start of the demo, everything installed", _seconds(data), "s", 60),
            Figure("later start of the demo", _seconds(data), "s", 5),
        ]


def _seconds(data: Path) -> float:
    began = time.perf_counter()
    with running_demo(data):
        return time.perf_counter() - began
