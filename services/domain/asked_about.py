"""How much of a text a question is about (§8.5), found in the text as it stands."""

from __future__ import annotations

from enum import StrEnum

from services.domain.change_protocol import Located, ProposedChange, Reach, locate
from services.domain.errors import Invalid
from services.domain.prose_diff import Span
from services.domain.sections import sections_of

LONGEST_QUOTE = 4_000
"""Characters of a passage that somebody asks about; longer ones are better asked about as a section."""


class AskedAbout(StrEnum):
    """The reach that somebody chose."""

    SELECTION = "selection"
    SECTION = "section"
    DOCUMENT = "document"


def section_asked_about(text: str, anchor: str, *, title: str = "") -> Span:
    """The section with this anchor. Raises Invalid (field `message`) when it is not there any more."""
    for section in sections_of(text, title):
        if section.heading.anchor == anchor:
            return section.span
    raise Invalid("That section is no longer there.", field="message")


def passage_asked_about(text: str, quote: str, start: int, end: int) -> Span:
    """Where a selected passage stands: at `start` (code points) if it still does, else where it stands once.

    Raises Invalid (field `message`) when it is too long, gone, or there more than once.
    """
    if len(quote) > LONGEST_QUOTE:
        raise Invalid("The passage is too long to ask about; ask about the section.", field="message")
    if 0 <= start < end <= len(text) and _same(text[start:end], quote):
        return Span(start, end)
    found = locate(ProposedChange(quote, "", ""), text, Reach.document(text))
    if isinstance(found, Located):
        return found.span
    raise Invalid("The passage you asked about can't be found in the text any more.", field="message")


def points_before(text: str, units: int) -> int:
    """How many code points the first `units` UTF-16 units of a text are: browsers count those."""
    if text.isascii():
        return units
    return len(text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore"))


def _same(passage: str, quote: str) -> bool:
    """A rendered passage has no marks, so it is enough that all its words stand there in this order."""
    rest = iter("".join(passage.split()))
    return all(character in rest for character in "".join(quote.split()))
