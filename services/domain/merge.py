"""Merges two versions of a text that grew from a common one, sentence by sentence (§8.10, §10.9).

What only one side touched is taken. Where both changed the same sentences, nothing is guessed: the clash is kept
with all three wordings, for a person to choose mine, theirs or both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.domain.prose_diff.alignment import align
from services.domain.prose_diff.blocks import BlockKind, cut_blocks
from services.domain.prose_diff.diff import SENTENCES_ALIKE
from services.domain.prose_diff.matching import equal_runs
from services.domain.prose_diff.sentences import cut_sentences
from services.domain.prose_diff.words import likeness

_GIT_LINE = re.compile(r"[^\n]*\n|[^\n]+")
"""Git knows no other ends of lines than LF."""


class Choice(StrEnum):
    """What to do with a clash (§10.9)."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Agreed:
    """Text that needs no decision."""

    text: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Sentences both sides changed, in all three wordings; any of them may be empty."""

    base: str
    mine: str
    theirs: str

    def chosen(self, choice: Choice) -> str:
        """The wording after `choice`; both: theirs stands first, as it was there first."""
        if choice is Choice.BOTH:
            gap = "" if self.theirs.endswith(("\n", " ")) or not self.theirs else " "
            return self.theirs + gap + self.mine
        return self.mine if choice is Choice.MINE else self.theirs


@dataclass(frozen=True, slots=True)
class Standing:
    """A clash in the text in which mine stands everywhere, and where it begins there."""

    clash: Clash
    start: int


@dataclass(frozen=True, slots=True)
class Merged:
    """The merge in reading order."""

    parts: tuple[Agreed | Clash, ...]

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """What a person has to decide."""
        return tuple(part for part in self.parts if isinstance(part, Clash))

    @property
    def standing(self) -> tuple[Standing, ...]:
        """The clashes with their places in the text in which mine stands everywhere."""
        found: list[Standing] = []
        at = 0
        for part in self.parts:
            if isinstance(part, Clash):
                found.append(Standing(part, at))
            at += len(part.mine if isinstance(part, Clash) else part.text)
        return tuple(found)

    def text(self, choices: Sequence[Choice] = ()) -> str:
        """The merged text, with one choice for each clash; ValueError when their numbers differ."""
        if len(choices) != len(self.clashes):
            raise ValueError(f"{len(self.clashes)} clashes need as many choices, not {len(choices)}")
        left = iter(choices)
        return "".join(
            part.text if isinstance(part, Agreed) else part.chosen(next(left)) for part in self.parts
        )


def merge(base: str, mine: str, theirs: str) -> Merged:
    """Merge `mine` and `theirs`, which both grew from `base`."""
    cut = _cut(base), _cut(mine), _cut(theirs)
    return Merged(tuple(_joined(part for region in _regions(*cut) for part in _decided(*cut, region))))


def conflict_by_line(base: str, mine: str, theirs: str) -> bool:
    """Whether Git can't merge these by itself: it merges whole lines, and never two changes that touch."""
    old, ours, others = (_GIT_LINE.findall(text) for text in (base, mine, theirs))
    return any(_differ(old, ours, others, region) for region in _regions(old, ours, others))


def _differ(base: list[str], mine: list[str], theirs: list[str], region: _Region) -> bool:
    """Whether both sides changed a region, and not in the same way."""
    old = base[slice(*region.base)]
    ours, others = mine[slice(*region.mine)], theirs[slice(*region.theirs)]
    return ours != old and others not in (old, ours)


@dataclass(frozen=True, slots=True)
class _Region:
    """Half-open sentence ranges in base, mine and theirs that belong together."""

    base: tuple[int, int]
    mine: tuple[int, int]
    theirs: tuple[int, int]


def _cut(text: str) -> list[str]:
    """Sentences, lines of verbatim blocks: joined they give `text` again."""
    return [part for block in cut_blocks(text) for part in _cut_block(block.kind, block.text)]


def _cut_block(kind: BlockKind, text: str) -> Sequence[str]:
    return text.splitlines(keepends=True) if kind is BlockKind.VERBATIM else cut_sentences(text)


def _regions(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[_Region]:
    """Alternate between regions all three share and the gaps between them."""
    at = (0, 0, 0)
    for start, mine_start, theirs_start, size in _shared(base, mine, theirs):
        if (start, mine_start, theirs_start) != at:
            yield _Region((at[0], start), (at[1], mine_start), (at[2], theirs_start))
        yield _Region(
            (start, start + size), (mine_start, mine_start + size), (theirs_start, theirs_start + size)
        )
        at = (start + size, mine_start + size, theirs_start + size)
    end = (len(base), len(mine), len(theirs))
    if at != end:
        yield _Region((at[0], end[0]), (at[1], end[1]), (at[2], end[2]))


def _shared(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of base sentences that stand unchanged on both sides: (base, mine, theirs, size)."""
    mines, others = equal_runs(base, mine), equal_runs(base, theirs)
    i = j = 0
    while i < len(mines) and j < len(others):
        one, other = mines[i], others[j]
        start = max(one.old, other.old)
        end = min(one.old + one.size, other.old + other.size)
        if start < end:
            yield start, one.new + start - one.old, other.new + start - other.old, end - start
        if one.old + one.size < other.old + other.size:
            i += 1
        else:
            j += 1


def _decided(
    base: list[str], mine: list[str], theirs: list[str], region: _Region
) -> Iterator[Agreed | Clash]:
    old = base[slice(*region.base)]
    ours, others = mine[slice(*region.mine)], theirs[slice(*region.theirs)]
    if others in (old, ours):
        yield Agreed("".join(ours))
    elif ours == old:
        yield Agreed("".join(others))
    else:
        yield from _sentence_by_sentence(old, ours, others)


def _sentence_by_sentence(old: list[str], ours: list[str], others: list[str]) -> Iterator[Agreed | Clash]:
    """Neighbouring sentences that different sides changed don't clash; where one can't tell, all of it does."""
    mine, theirs = _slots(old, ours), _slots(old, others)
    if mine is None or theirs is None:
        yield Clash("".join(old), "".join(ours), "".join(others))
        return
    for base, one, other in zip([*_gaps(old)], mine, theirs, strict=True):
        if other in (base, one):
            yield Agreed(one)
        else:
            yield Agreed(other) if one == base else Clash(base, one, other)


def _gaps(old: list[str]) -> Iterator[str]:
    """Slots of the base: the gap before each sentence, the sentence, and so on to the last gap."""
    for sentence in old:
        yield ""
        yield sentence
    yield ""


def _slots(old: list[str], new: list[str]) -> list[str] | None:
    """What stands in each slot of the base in a version of it; None when nothing of the base is left to tell by."""
    pairs = align(old, new, key=lambda text: " ".join(text.split()), alike=_alike, least=SENTENCES_ALIKE)
    if all(None in pair for pair in pairs):
        return None
    slots = [""] * (2 * len(old) + 1)
    gap = 0
    for b, a in pairs:
        slot = gap if b is None else 2 * b + 1
        slots[slot] += "" if a is None else new[a]
        gap = gap if b is None else 2 * b + 2
    return slots


def _alike(one: str, other: str) -> float:
    return likeness(one.split(), other.split())


def _joined(parts: Iterator[Agreed | Clash]) -> Iterator[Agreed | Clash]:
    """Neighbouring agreed parts as one; empty ones are left out."""
    run = ""
    for part in parts:
        if isinstance(part, Agreed):
            run += part.text
            continue
        if run:
            yield Agreed(run)
        run = ""
        yield part
    if run:
        yield Agreed(run)
