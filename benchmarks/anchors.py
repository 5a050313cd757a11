"""Anchors over real revisions: none on wrong words, and hardly any lost whose words are still there (§8.13)."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from benchmarks.figure import Figure
from benchmarks.revisions import Revision
from services.domain.anchors import Anchor, Certainty, follow, place
from services.domain.identifiers import CommitSha
from services.domain.prose_diff import compare

QUOTES = 20
LENGTHS = (8, 20, 40, 90, 200, 400)
BEFORE, AFTER = CommitSha("b" * 40), CommitSha("a" * 40)


class Outcome(StrEnum):
    """What became of one quote."""

    FOUND = "found"
    UNCERTAIN = "shown as uncertain"
    MISSED = "missed"
    WRONG = "on wrong text"
    GONE = "rightly lost"


def measure(revisions: Sequence[Revision]) -> list[Figure]:
    """Place quotes at random in each text before, move them to the text after, and judge where they are."""
    dice = random.Random(7)
    counted: Counter[Outcome] = Counter()
    slowest = 0.0
    for revision in (one for one in revisions if len(one.before) > LENGTHS[-1]):
        diff = compare(revision.before, revision.after)
        anchors = [_placed(dice, revision.before) for _ in range(QUOTES)]
        began = time.perf_counter()
        moved = [follow(one, revision.before, revision.after, AFTER, diff=diff) for one in anchors]
        slowest = max(slowest, (time.perf_counter() - began) * 1000)
        counted.update(map(_outcome, anchors, moved, [revision.after] * QUOTES))
    surviving = counted[Outcome.FOUND] + counted[Outcome.UNCERTAIN] + counted[Outcome.MISSED]
    found = counted[Outcome.FOUND] + counted[Outcome.UNCERTAIN]
    return [
        Figure(f"anchors on wrong text, of {counted.total()}", counted[Outcome.WRONG], "quotes", 0),
        Figure(
            "anchors found whose words survive",
            100 * found / surviving,
            "%",
            95,
            f"{counted[Outcome.UNCERTAIN]} of {surviving} as uncertain",
            at_least=True,
        ),
        Figure(f"moving {QUOTES} anchors over a given diff, slowest document", slowest, "ms"),
    ]


def _placed(dice: random.Random, text: str) -> Anchor:
    while True:
        start = dice.randrange(len(text) - 5)
        end = min(len(text), start + dice.choice(LENGTHS))
        if text[start:end].strip():
            return place(text, start, end, BEFORE)


def _outcome(anchor: Anchor, moved: Anchor, after: str) -> Outcome:
    """White space may differ: reflowed text is the same text."""
    quote = " ".join(anchor.quote.split())
    survives = quote in " ".join(after.split())
    if moved.certainty is Certainty.LOST:
        return Outcome.MISSED if survives else Outcome.GONE
    if moved.certainty is Certainty.UNCERTAIN:
        return Outcome.UNCERTAIN if survives else Outcome.GONE
    return Outcome.FOUND if after[moved.start : moved.end].split() == quote.split() else Outcome.WRONG
