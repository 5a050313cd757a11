"""The three views of a pull request's difference, over real revisions (§10.3, §19)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks.figure import Figure, processor_milliseconds
from benchmarks.revisions import Revision
from rfc_ui.lifespan import settle_memory
from services.domain.diff_views import DiffViews, show_difference
from services.domain.rendering.links import LinkBase

ROUNDS = 5
LENGTH = 90_000
LARGEST = 170_000
TARGET = 250


def measure(revisions: Sequence[Revision]) -> list[Figure]:
    """All three views: of each pair once, and of long texts several times."""
    settle_memory()  # as the server does; a program that did not would look for garbage half of the time
    ordinary = max(revisions, key=lambda revision: len(revision.after))
    by_changes = sorted(revisions, key=_changes, reverse=True)
    slowest = max(processor_milliseconds(partial(_show, one)) for one in revisions)
    return [
        _figure("90 kB, one revision", _grown(ordinary, revisions, LENGTH)),
        _figure("170 kB, one revision", _grown(ordinary, revisions, LARGEST)),
        _figure("90 kB, the revisions with most changes in one", _joined(by_changes, LENGTH)),
        Figure(f"three views of the slowest of {len(revisions)} real pairs", slowest, "ms", TARGET),
    ]


def _figure(what: str, revision: Revision) -> Figure:
    took = min(processor_milliseconds(partial(_show, revision)) for _ in range(ROUNDS))
    detail = f"{_changes(revision)} changes"
    return Figure(f"three views of a difference, {what}", took, "ms", TARGET, detail)


def _show(revision: Revision) -> DiffViews:
    return show_difference(revision.before, revision.after, base=LinkBase())


def _changes(revision: Revision) -> int:
    return len(_show(revision).changes)


def _grown(revision: Revision, others: Sequence[Revision], length: int) -> Revision:
    """The revision with text below that stays as it is."""
    more = "\n\n".join(one.after for one in others)[: max(0, length - len(revision.after))]
    return Revision(revision.path, f"{revision.before}\n\n{more}", f"{revision.after}\n\n{more}")


def _joined(revisions: Sequence[Revision], length: int) -> Revision:
    """As many of them as one text of that length has room for."""
    fitting = list(_fitting(revisions, length))
    before, after = ("\n\n".join(texts) for texts in zip(*fitting, strict=True))
    return Revision("several", before, after)


def _fitting(revisions: Sequence[Revision], length: int) -> Iterator[tuple[str, str]]:
    left = length
    for one in revisions:
        if len(one.after) <= left:
            left -= len(one.after)
            yield one.before, one.after
