"""Which of the linter's remarks become cards, and in what words (§18.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.domain.prose_diff import Span

MOST_CARDS = 10
_SUREST = (
    "Agreement",
    "Grammar",
    "Typo",
    "Repetition",
    "BoundaryError",
    "Eggcorn",
    "Malapropism",
    "Punctuation",
)
_LATER = (
    "WordChoice",
    "Usage",
    "Redundancy",
    "Readability",
    "Spelling",
    "Capitalization",
    "Style",
    "Formatting",
)
_RANK = {kind: rank for rank, kind in enumerate((*_SUREST, *_LATER))}

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_QUOTATION = re.compile(r"^ {0,3}>[^\n]*$|“[^”\n]*”|\"[^\"\n]*\"", re.MULTILINE)
_ADDRESS = re.compile(r"https?://\S+|\]\([^)\s]*\)|^\[[^\]]+\]:.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark on `text[start:end]`; `action` is 0 replace, 1 remove, 2 insert after (the linter's numbers)."""

    start: int
    end: int
    replacement: str
    action: int
    kind: str
    message: str


def choose_remarks(text: str, remarks: tuple[Remark, ...]) -> tuple[Remark, ...]:
    """At most ten, the surest kinds first; none on code, front matter, quotations or addresses."""
    skipped = untouchable(text)
    fit = [
        remark
        for remark in remarks
        if remark.start < remark.end
        and not _asks_for_a_capital_in_markup(text, remark)
        and not any(start < remark.end and remark.start < end for start, end in skipped)
    ]
    fit.sort(key=lambda remark: (_RANK.get(remark.kind, len(_RANK)), remark.start))
    chosen: list[Remark] = []
    for remark in fit:
        if all(remark.end <= other.start or other.end <= remark.start for other in chosen):
            chosen.append(remark)
    return tuple(chosen[:MOST_CARDS])


def _asks_for_a_capital_in_markup(text: str, remark: Remark) -> bool:
    """A word that is set in emphasis is often one that is talked about, and stays as it is written."""
    return remark.kind == "Capitalization" and text[: remark.start].endswith(("*", "_"))


def untouchable(text: str) -> list[tuple[int, int]]:
    """Ranges the copy-editor leaves alone: they are not the author's prose."""
    patterns = (_FRONT_MATTER, _FENCE, _CODE, _QUOTATION, _ADDRESS)
    return [match.span() for pattern in patterns for match in pattern.finditer(text)]


def corrected(text: str, remark: Remark, reach: Span) -> tuple[str, str]:
    """The passage and its correction, grown word by word until the passage stands only once in `reach`."""
    start, end = _unique_around(text, remark, reach)
    wrong = text[remark.start : remark.end]
    right = {0: remark.replacement, 1: "", 2: wrong + remark.replacement}[remark.action]
    return text[start:end], text[start : remark.start] + right + text[remark.end : end]


def _unique_around(text: str, remark: Remark, reach: Span) -> tuple[int, int]:
    """Whole words around the remark; white space may differ, so it is counted by words."""
    within = " ".join(text[reach.start : reach.end].split())
    start, end = _whole_words(text, remark.start, remark.end, reach)
    while within.count(" ".join(text[start:end].split())) > 1 and (start > reach.start or end < reach.end):
        before = len(text[reach.start : start].rstrip()) + reach.start
        after = end + len(text[end : reach.end]) - len(text[end : reach.end].lstrip())
        start, end = _whole_words(text, before, after, reach)
    return start, end


def _whole_words(text: str, start: int, end: int, reach: Span) -> tuple[int, int]:
    while start > reach.start and not text[start - 1].isspace():
        start -= 1
    while end < reach.end and not text[end].isspace():
        end += 1
    return start, end
