"""A change sentence by sentence, so that some of it can be accepted and the rest can wait (§8.7)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from services.domain.prose_diff.alignment import align
from services.domain.prose_diff.diff import SENTENCES_ALIKE
from services.domain.prose_diff.sentences import cut_sentences
from services.domain.prose_diff.words import likeness

START = -1
"""Before the first part."""
NEEDS_NO_SPACE = re.compile(r"[。！？][\"”’」』）]*$")
"""Ends of sentences after which the next one begins at once."""


@dataclass(frozen=True, slots=True)
class SentenceChange:
    """One sentence (or a run without counterpart): as it stands and as proposed. Unchanged ones have no number."""

    number: int | None
    before: str
    after: str


def sentences_of(original: str, proposed: str) -> tuple[SentenceChange, ...]:
    """The changed sentences of a change, numbered from 1; fewer than two mean that it is whole or nothing."""
    return tuple(part for part in _parts(original, proposed) if part.number is not None)


def joined(original: str, proposed: str, chosen: Collection[int]) -> str:
    """The original with the chosen sentences as proposed and the others as they stand.

    The white space between two sentences is what stands there in one of the two texts; words never
    run into each other.
    """
    parts = _parts(original, proposed)
    numbers = {part.number for part in parts if part.number is not None}
    whole = bool(numbers) and numbers <= set(chosen)
    old, new = _Side([part.before for part in parts]), _Side([part.after for part in parts])
    taken = [whole if part.number is None else part.number in chosen for part in parts]
    kept = [at for at, take in enumerate(taken) if (new if take else old).cores[at]]
    words: list[str] = []
    for left, right in pairwise((START, *kept, len(parts))):
        beside = [taken[at] for at in (left, right) if 0 <= at < len(parts) and parts[at].number is not None]
        first, second = (new, old) if (all(beside) if beside else whole) else (old, new)
        space = first.space(left, right)
        space = second.space(left, right) if space is None else space
        if not space and words and right < len(parts) and not NEEDS_NO_SPACE.search(words[-1]):
            space = " "
        words.append(space or "")
        if right < len(parts):
            words.append((new if taken[right] else old).cores[right])
    return "".join(words)


class _Side:
    """One of the two texts, part by part: the words, and the white space after each and at the start."""

    def __init__(self, texts: Sequence[str]) -> None:
        text = "".join(texts)
        self.cores = [text.strip() for text in texts]
        self.spaces = {at: text[len(text.rstrip()) :] for at, text in enumerate(texts)}
        self.spaces[START] = text[: len(text) - len(text.lstrip())]

    def space(self, left: int, right: int) -> str | None:
        """The white space between two parts; None where they are no neighbours in this text."""
        here = [at for at in (left, right) if START < at < len(self.cores)]
        if any(self.cores[left + 1 : right]) or not all(self.cores[at] for at in here):
            return None
        return self.spaces[left]


def _parts(original: str, proposed: str) -> list[SentenceChange]:
    olds, news = cut_sentences(original), cut_sentences(proposed)
    pairs = align(olds, news, key=lambda text: " ".join(text.split()), alike=_alike, least=SENTENCES_ALIKE)
    parts: list[SentenceChange] = []
    for paired, run in groupby(pairs, key=lambda pair: None not in pair):
        group = list(run)
        if paired:
            couples = [(olds[b], news[a]) for b, a in group if b is not None and a is not None]
        else:
            gone = "".join(olds[b] for b, _ in group if b is not None)
            couples = [(gone, "".join(news[a] for _, a in group if a is not None))]
        for before, after in couples:
            changed = before.split() != after.split()
            number = 1 + sum(part.number is not None for part in parts) if changed else None
            parts.append(SentenceChange(number, before, after))
    return parts


def _alike(one: str, other: str) -> float:
    return likeness(one.split(), other.split())
