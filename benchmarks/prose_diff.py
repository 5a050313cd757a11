"""The prose diff over real revisions: exact for every pair, and fast for the largest (§10.3)."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.figure import Figure, milliseconds
from benchmarks.revisions import Revision
from services.domain.prose_diff import apply, compare

ROUNDS = 5


def measure(revisions: Sequence[Revision]) -> list[Figure]:
    """Compare every pair; the largest several times, and with `git diff --word-diff` beside it."""
    largest = max(revisions, key=lambda revision: revision.size)
    inexact = sum(apply(compare(one.before, one.after), one.before) != one.after for one in revisions)
    slowest = max(milliseconds(partial(compare, one.before, one.after)) for one in revisions)
    ours = min(milliseconds(lambda: compare(largest.before, largest.after)) for _ in range(ROUNDS))
    size = f"{largest.path}, {largest.size // 1000} kB"
    return [
        Figure(f"prose diff: pairs of {len(revisions)} that do not apply exactly", inexact, "pairs", 0),
        Figure("prose diff of the largest pair", ours, "ms", 250, size),
        Figure("prose diff of the slowest pair", slowest, "ms", 250),
        Figure("the same pair by git diff --word-diff, process start included", _git(largest), "ms"),
    ]


def _git(revision: Revision) -> float:
    with tempfile.TemporaryDirectory(prefix="rfc-bench-") as folder:
        before, after = Path(folder, "before.md"), Path(folder, "after.md")
        before.write_text(revision.before, encoding="utf-8")
        after.write_text(revision.after, encoding="utf-8")
        command = ["git", "diff", "--no-index", "--word-diff=porcelain", str(before), str(after)]
        return min(
            milliseconds(lambda: subprocess.run(command, check=False, capture_output=True))
            for _ in range(ROUNDS)
        )
