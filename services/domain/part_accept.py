"""A change sentence by sentence, so that some of it can be accepted and the rest can wait (§8.7)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

from services.domain.prose_diff.alignment import align
from services.domain.prose_diff.diff import SENTENCES_ALIKE
from services.domain.prose_diff.sentences import cut_sentences
from services.domain.prose_diff.words import likeness


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
    """The original with the chosen sentences as proposed and the others as they stand."""
    return "".join(
        part.after if part.number is None or part.number in chosen else part.before
        for part in _parts(original, proposed)
    )


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
