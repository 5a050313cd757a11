"""The three views of a pull request's difference, over real revisions (§10.3, §19)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from benchmarks.figure import Figure, milliseconds
from benchmarks.revisions import Revision
from services.domain.diff_views import show_difference
from services.domain.rendering.links import LinkBase

ROUNDS = 5
LENGTH = 90_000


def measure(revisions: Sequence[Revision]) -> list[Figure]:
    """All three views: of each pair once, and of a text of 90 kB several times."""
    largest = max(revisions, key=lambda revision: len(revision.after))
    more = "\n\n".join(revision.after for revision in revisions)[: max(0, LENGTH - len(largest.after))]
    show = partial(
        show_difference, f"{largest.before}\n\n{more}", f"{largest.after}\n\n{more}", base=LinkBase()
    )
    slowest = max(
        milliseconds(partial(show_difference, one.before, one.after, base=LinkBase())) for one in revisions
    )
    ninety = min(milliseconds(show) for _ in range(ROUNDS))
    return [
        Figure("three views of a difference, 90 kB", ninety, "ms", 250, largest.path),
        Figure(f"three views of the slowest of {len(revisions)} real pairs", slowest, "ms"),
    ]
