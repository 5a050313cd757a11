"""Replaying one commit's change of a text on a text that has moved on, sentence by sentence (§10.9)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.domain.merge import Agreed, Clash, Merged, merge


class StepState(StrEnum):
    """How far one replayed commit is."""

    WAITING = "waiting"
    ASKED = "asked"
    """Sentences were changed on both sides: somebody has to choose."""
    DONE = "done"
    SKIPPED = "skipped"
    """Main says it already, or nothing of it was kept."""


class ResolutionState(StrEnum):
    """How far the whole replay is."""

    REPLAYING = "replaying"
    WAITING = "waiting"
    READY = "ready"
    OPENED = "opened"
    DROPPED = "dropped"
    """The pull request changed, or was decided, before its conflict was resolved."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One commit's change brought together with the text as it is now; `mine` is the commit's side."""

    merged: Merged

    @property
    def clashes(self) -> tuple[Clash, ...]:
        """What somebody has to choose."""
        return self.merged.clashes

    @property
    def key(self) -> str:
        """Tells whether choices that were made are about these clashes."""
        parts = [part for clash in self.clashes for part in (clash.base, clash.mine, clash.theirs)]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def text(self, wordings: Sequence[str]) -> str:
        """The text with one wording for each clash; ValueError when their numbers differ."""
        if len(wordings) != len(self.clashes):
            raise ValueError(f"{len(self.clashes)} clashes need as many wordings, not {len(wordings)}")
        left = iter(wordings)
        return "".join(part.text if isinstance(part, Agreed) else next(left) for part in self.merged.parts)

    def offset(self, index: int) -> int:
        """Where a clash begins in the text in which main's wording stands everywhere."""
        at, seen = 0, 0
        for part in self.merged.parts:
            if isinstance(part, Agreed):
                at += len(part.text)
                continue
            if seen == index:
                return at
            at, seen = at + len(part.theirs), seen + 1
        raise IndexError(index)


def attempt(before: str, after: str, onto: str) -> Attempt:
    """Bring what a commit changed, from `before` to `after`, together with `onto`."""
    return Attempt(merge(before, after, onto))


def shown_as(key: str, wordings: Sequence[str | None]) -> str:
    """Tells which wordings (None: undecided) a browser showed for the clashes of this key."""
    words = hashlib.sha256(json.dumps(list(wordings)).encode()).hexdigest()[:16]
    return f"{key}-{words}"


def fitted(wording: str, clash: Clash) -> str:
    """A wording written by hand, with the line ends and gaps that its place needs."""
    model = clash.mine or clash.theirs or clash.base
    tail = model[len(model.rstrip()) :]
    plain = wording.replace("\r\n", "\n").replace("\r", "\n").strip()
    return plain + tail if plain else ""
