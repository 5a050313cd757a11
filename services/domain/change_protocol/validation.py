"""Whether a proposed change fits the text as it is now, and where (§8.6, §8.8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from services.domain.change_protocol.parser import ProposedChange
from services.domain.prose_diff import Span

LARGEST_SHARE = 0.5
"""The share of a document one change may replace."""
SMALL_DOCUMENT = 1_500
"""Characters up to which a document may be replaced whole: it is hardly more than a section."""
LARGEST_PASSAGE = 50_000
MOST_AROUND = 2_000
"""Characters up to which a passage is widened until it stands only once."""
LONGEST_WORD = 500


class RefusedBecause(StrEnum):
    """Why a block did not become a pending card."""

    EMPTY = "empty"
    UNCHANGED = "unchanged"
    NOT_FOUND = "not_found"
    AMBIGUOUS = "ambiguous"
    OUTSIDE = "outside"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class Reach:
    """The passage a model was asked about; `whole` when that is the document."""

    span: Span
    whole: bool

    @classmethod
    def document(cls, text: str) -> Reach:
        """The whole of `text`."""
        return cls(Span(0, len(text)), whole=True)


@dataclass(frozen=True, slots=True)
class Located:
    """A change that fits: replace `span` by `replacement`."""

    span: Span
    original: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that does not fit, and the sentence that says why."""

    because: RefusedBecause
    sentence: str


_ALIKE = {
    **dict.fromkeys("'‘’ʼ", "['‘’ʼ]"),
    **dict.fromkeys('"“”„', '["“”„]'),
    **dict.fromkeys("-‐‑–—", "[-‐‑–—]"),
    "…": r"(?:…|\.\.\.)",
}
_SENTENCES = {
    RefusedBecause.EMPTY: "The change does not say which passage it replaces.",
    RefusedBecause.UNCHANGED: "The proposed passage is the one that stands there already.",
    RefusedBecause.NOT_FOUND: "The quoted passage does not stand in the text as it is now.",
    RefusedBecause.AMBIGUOUS: "The quoted passage stands in the text more than once.",
    RefusedBecause.OUTSIDE: "The quoted passage stands outside of what was asked about.",
    RefusedBecause.TOO_LARGE: "The change would replace more of the text than one change may.",
}


def locate(change: ProposedChange, text: str, reach: Reach) -> Located | Refusal:
    """Find the one place in `reach` that `change` is about; white space and quotation marks may differ."""
    if not change.original.strip():
        return _refuse(RefusedBecause.EMPTY)
    if max(len(change.original), len(change.proposed)) > LARGEST_PASSAGE:
        return _refuse(RefusedBecause.TOO_LARGE)
    for passage in _readings(change.original):
        spans = places_of(passage, text)
        if spans:
            return _judge(change, text, reach, spans)
    return _refuse(RefusedBecause.NOT_FOUND)


def standing_once(located: Located, text: str) -> Located | Refusal:
    """The same change with words around it until its original stands only once in all of `text`.

    Only then can it be found again, and be told from a lookalike, when the text has moved on.
    """
    start, end = located.span.start, located.span.end
    while text.find(text[start:end]) != start or text.find(text[start:end], start + 1) >= 0:
        wider = _a_word_more(text, start, end)
        if wider == (start, end) or wider[1] - wider[0] > max(MOST_AROUND, 2 * len(located.span)):
            return _refuse(RefusedBecause.AMBIGUOUS)
        start, end = wider
    before, after = text[start : located.span.start], text[located.span.end : end]
    return Located(Span(start, end), text[start:end], before + located.replacement + after)


def _a_word_more(text: str, start: int, end: int) -> tuple[int, int]:
    """One more word on either side, with the white space between."""
    ahead = _WORD_BEFORE.search(text, max(0, start - LONGEST_WORD), start)
    behind = _WORD_AFTER.match(text, end, min(len(text), end + LONGEST_WORD))
    return ahead.start() if ahead else start, behind.end() if behind else end


def _judge(change: ProposedChange, text: str, reach: Reach, spans: list[Span]) -> Located | Refusal:
    inside = [span for span in spans if reach.span.start <= span.start and span.end <= reach.span.end]
    if not inside:
        return _refuse(RefusedBecause.OUTSIDE)
    if len(inside) > 1:
        return _refuse(RefusedBecause.AMBIGUOUS)
    span = inside[0]
    if reach.whole and len(text) > SMALL_DOCUMENT and len(span) > LARGEST_SHARE * len(text):
        return _refuse(RefusedBecause.TOO_LARGE)
    original = text[span.start : span.end]
    replacement = change.proposed.strip("\n") if change.proposed.strip() else ""
    if not original[:1].isspace():
        replacement = replacement.lstrip()
    if original.split() == replacement.split():
        return _refuse(RefusedBecause.UNCHANGED)
    return Located(span, original, replacement.rstrip())


def _refuse(because: RefusedBecause) -> Refusal:
    return Refusal(because, _SENTENCES[because])


def places_of(passage: str, text: str) -> list[Span]:
    """Every place where the words of `passage` stand, overlapping ones too; white space may differ."""
    words = passage.split()
    if not words:
        return []
    pattern = re.compile(rf"(?=({_WHITE_SPACE.join(map(_tolerant, words))}))")
    return [Span(match.start(1), match.end(1)) for match in pattern.finditer(text)]


_WHITE_SPACE = r"\s+"
_WORD_BEFORE = re.compile(r"\S+\s*$")
_WORD_AFTER = re.compile(r"\s*\S+")


def _tolerant(word: str) -> str:
    return "".join(_ALIKE.get(character) or re.escape(character) for character in word.replace("...", "…"))


def _readings(original: str) -> list[str]:
    """The quotation as written, then without the wrapping models like to add around quotations."""
    stripped = original.strip()
    readings = [original]
    fenced = re.fullmatch(r"(`{3,}|~{3,})[\w-]*\n(?P<inner>.*)\n\1", stripped, re.DOTALL)
    if fenced:
        readings.append(fenced.group("inner"))
    if stripped.startswith(">"):
        readings.append(re.sub(r"^> ?", "", stripped, flags=re.MULTILINE))
    quoted = re.fullmatch(r"[\"“„](?P<inner>.+)[\"”“]", stripped, re.DOTALL)
    if quoted:
        readings.append(quoted.group("inner"))
    return readings
