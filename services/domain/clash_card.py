"""A clash as a change card: the typed wording stands in the text, the committed one is proposed for it (§8.10)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from services.domain.anchors import Anchor
from services.domain.attribution import AROUND
from services.domain.both_wordings import both_of
from services.domain.change_protocol import Located, standing_once
from services.domain.identifiers import CommitSha, UserId
from services.domain.merge import Standing
from services.domain.prose_diff import Span

MOST_TYPED = 2_000
"""Characters by which a passage may grow and still be taken for the same."""


LONGEST_WORD = 200
_BLANKS_LEFT = re.compile(r"(?P<word>\S+)[ \t]{2,}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClashSides:
    """What makes a card one of a clash: the three wordings, and who committed `theirs`.

    `both` is the card's whole passage with both wordings in it, None where they can't stand side by side. `by` is a
    name, and `login` the Gitea login of somebody who never signed in here; both are empty where nobody is known.
    `typed_by` typed `mine`.
    """

    base: str
    mine: str
    theirs: str
    both: str | None
    by: str = ""
    login: str = ""
    commit: CommitSha | None = None
    typed_by: tuple[UserId, ...] = ()


@dataclass(frozen=True, slots=True)
class ClashPassage:
    """The passage that a clash's card is about: it stands once in the text, where `mine` may be nothing at all."""

    located: Located
    both: str | None


def passage_of(text: str, standing: Standing) -> ClashPassage | None:
    """The passage of a clash in `text`, in which mine stands everywhere; None where no place can be told."""
    mine, theirs = _without_common_end(standing.clash.mine, standing.clash.theirs)
    start, end = standing.start, standing.start + len(mine)
    if not mine and theirs.strip():
        start, theirs = _with_one_blank(text, start, theirs)
        mine = text[start:end]
    found = standing_once(Located(Span(start, end), mine, theirs), text)
    if not isinstance(found, Located) or not found.original.strip():
        return None
    both = both_of(text[:start], mine, theirs, text[end:])
    if both is not None:
        both = text[found.span.start : start] + both + text[end : found.span.end]
    return ClashPassage(found, both)


def followed(
    original: str, proposed: str, sides: ClashSides, anchor: Anchor, text: str
) -> tuple[Span, ClashSides] | None:
    """Where a clash's passage stands after it was typed on, and its sides then; None where that can't be told.

    It is what stands between the words that stood around it. One that holds more words than the typed wording is not
    followed: it can't be told which of them are the wording.
    """
    if original != sides.mine.rstrip() and original != sides.mine:
        return None
    for size in AROUND:
        span = _between(text, anchor.prefix[-size:], anchor.suffix[:size])
        if span is not None and len(span) <= MOST_TYPED + 2 * len(original):
            passage = text[span.start : span.end]
            if not passage.strip() or passage.split() == proposed.split():
                return None
            both = both_of(text[: span.start], passage, proposed, text[span.end :])
            return span, replace(sides, mine=passage, both=both)
    return None


def _between(text: str, prefix: str, suffix: str) -> Span | None:
    """What stands between two passages that the text has once each; an empty one is its beginning, or its end."""
    if (prefix and text.count(prefix) != 1) or (suffix and text.count(suffix) != 1):
        return None
    start = text.index(prefix) + len(prefix)
    end = text.index(suffix) if suffix else len(text)
    return Span(start, end) if start <= end else None


def _with_one_blank(text: str, at: int, theirs: str) -> tuple[int, str]:
    """Where words that were taken out come back, and how, so that a blank left over there is not one too many."""
    left_behind = _BLANKS_LEFT.search(text, max(0, at - LONGEST_WORD), at)
    if left_behind is not None:
        return left_behind.start(), f"{left_behind['word']} {theirs}"
    return at, theirs.rstrip(" \t") if text[at : at + 1] in (" ", "\t") else theirs


def _without_common_end(mine: str, theirs: str) -> tuple[str, str]:
    """Both without the white space that both end with: it belongs to what follows."""
    if not mine.strip() or not theirs.strip():
        return mine, theirs
    while mine[-1] == theirs[-1] and mine[-1].isspace():
        mine, theirs = mine[:-1], theirs[:-1]
    return mine, theirs
