"""Runs of equal items in two sequences, found in bounded time whatever repeats in them.

`SequenceMatcher` alone takes minutes for a thousand lines half of which are blank when every third has changed: each
stretch it finds costs it all pairs of equal lines again. So long sequences are first cut at what stands once in both.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

MOST_STEPS = 500_000
"""Steps that `SequenceMatcher` may need at worst; above, sequences are cut first."""
MOST_CELLS = 250_000
"""Largest stretch (old x new) without anything unique that is still compared item by item; larger ones differ."""

Tag = Literal["equal", "replace", "delete", "insert"]


@dataclass(frozen=True, slots=True)
class Run:
    """`size` equal items, from `old` on in the old sequence and from `new` on in the new one."""

    old: int
    new: int
    size: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """What became of a range of the old sequence."""

    tag: Tag
    old: range
    new: range


def equal_runs(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """The runs that stand in both, in order; neighbouring ones are one."""
    joined: list[Run] = []
    for run in _runs(old, new, range(len(old)), range(len(new))):
        last = joined[-1] if joined else None
        if last and (last.old + last.size, last.new + last.size) == (run.old, run.new):
            joined[-1] = Run(last.old, last.new, last.size + run.size)
        else:
            joined.append(run)
    return joined


def stretches(old: Sequence[str], new: Sequence[str]) -> Iterator[Stretch]:
    """Both sequences from begin to end, as what stayed and what changed."""
    at = to = 0
    for run in [*equal_runs(old, new), Run(len(old), len(new), 0)]:
        if at < run.old or to < run.new:
            tag: Tag = "insert" if at == run.old else "delete" if to == run.new else "replace"
            yield Stretch(tag, range(at, run.old), range(to, run.new))
        at, to = run.old + run.size, run.new + run.size
        if run.size:
            yield Stretch("equal", range(run.old, at), range(run.new, to))


def _runs(old: Sequence[str], new: Sequence[str], olds: range, news: range) -> Iterator[Run]:
    mine, theirs = old[olds.start : olds.stop], new[news.start : news.stop]
    if not mine or not theirs:
        return
    if _steps(mine, theirs) <= MOST_STEPS:
        matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
        blocks = (
            Run(olds.start + block.a, news.start + block.b, block.size)
            for block in matcher.get_matching_blocks()
        )
        yield from (run for run in blocks if run.size)
        return
    head, tail = _common_ends(mine, theirs)
    yield from _kept(Run(olds.start, news.start, head))
    inner = range(olds.start + head, olds.stop - tail), range(news.start + head, news.stop - tail)
    yield from _between_anchors(old, new, *inner)
    yield from _kept(Run(olds.stop - tail, news.stop - tail, tail))


def _kept(run: Run) -> Iterator[Run]:
    if run.size:
        yield run


def _between_anchors(old: Sequence[str], new: Sequence[str], olds: range, news: range) -> Iterator[Run]:
    mine, theirs = old[olds.start : olds.stop], new[news.start : news.stop]
    anchors = list(_anchors(mine, theirs))
    if not anchors:
        yield from _item_by_item(mine, theirs, olds.start, news.start)
        return
    at, to = olds.start, news.start
    for b, a in anchors:
        here, there = olds.start + b, news.start + a
        yield from _runs(old, new, range(at, here), range(to, there))
        yield Run(here, there, 1)
        at, to = here + 1, there + 1
    yield from _runs(old, new, range(at, olds.stop), range(to, news.stop))


def _steps(old: Sequence[str], new: Sequence[str]) -> int:
    """What `SequenceMatcher` needs at worst: for each stretch it finds, every pair of equal items again."""
    counts, others = Counter(old), Counter(new)
    pairs = sum(count * others[item] for item, count in counts.items() if item in others)
    return (pairs + len(old)) * min(len(old), len(new))


def _common_ends(old: Sequence[str], new: Sequence[str]) -> tuple[int, int]:
    """How many items are equal at the beginning, and at the end of the rest."""
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    most -= head
    tail = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    return head, tail


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The longest run of pairs that keeps the order, among items that stand once on either side."""
    counts, others = Counter(old), Counter(new)
    place = {item: at for at, item in enumerate(new) if others[item] == 1}
    found = [(b, place[item]) for b, item in enumerate(old) if counts[item] == 1 and item in place]
    ends: list[int] = []
    last: list[int] = []
    came: list[int] = []
    for index, (_, a) in enumerate(found):
        size = bisect_left(ends, a)
        came.append(last[size - 1] if size else -1)
        ends[size : size + 1], last[size : size + 1] = [a], [index]
    chain, index = [], last[-1] if last else -1
    while index >= 0:
        chain.append(found[index])
        index = came[index]
    return chain[::-1]


def _item_by_item(old: Sequence[str], new: Sequence[str], at: int, to: int) -> Iterator[Run]:
    """The longest common subsequence of a stretch in which everything repeats; nothing where that is too much."""
    if len(old) * len(new) > MOST_CELLS:
        return
    rows = [[0] * (len(new) + 1)]
    for item in reversed(old):
        below, row = rows[-1], [0] * (len(new) + 1)
        for a in range(len(new) - 1, -1, -1):
            row[a] = below[a + 1] + 1 if item == new[a] else max(below[a], row[a + 1])
        rows.append(row)
    rows.reverse()
    b = a = 0
    while b < len(old) and a < len(new):
        if old[b] == new[a]:
            yield Run(at + b, to + a, 1)
            b, a = b + 1, a + 1
        elif rows[b + 1][a] >= rows[b][a + 1]:
            b += 1
        else:
            a += 1
