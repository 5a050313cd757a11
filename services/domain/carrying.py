"""Carrying a branch's text over a graduation (§13.2): what it changed, brought together with what main says now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from services.domain.branch import BranchKey
from services.domain.identifiers import OperationId, UserId
from services.domain.line_ends import editor_text, file_text, shape_of
from services.domain.replay import attempt


@dataclass(frozen=True, slots=True)
class Disputed:
    """A passage of the new text (LF line ends) that main changed too, and how the branch words it."""

    start: int
    end: int
    wording: str


@dataclass(frozen=True, slots=True)
class Carried:
    """The whole new file; where both changed the same sentences, main's wording stands in it."""

    content: str
    disputed: tuple[Disputed, ...]


def carry(base: str, mine: str, theirs: str) -> Carried:
    """What `mine` changed of `base`, on main as it is now (`theirs`); all three as their files have them.

    Where main still is what the branch began with, the branch's text is taken byte for byte; else each line keeps
    the end that it has on main.
    """
    if theirs == base:
        return Carried(mine, ())
    found = attempt(editor_text(base), editor_text(mine), editor_text(theirs))
    text = found.text([clash.theirs for clash in found.clashes])
    starts = [found.offset(index) for index in range(len(found.clashes))]
    disputed = tuple(
        Disputed(start, start + len(clash.theirs), clash.mine)
        for start, clash in zip(starts, found.clashes, strict=True)
    )
    return Carried(file_text(text, shape_of(theirs)), disputed)


def carry_operation(source: BranchKey, person: UserId, turn: int) -> OperationId:
    """Always the same for one person and one branch, so that a second press finds the first; `turn` counts on
    where that came to nothing."""
    named = f"carry {source.repo} {source.name} {person} {turn}"
    return OperationId(hashlib.sha256(named.encode()).hexdigest()[:32])
