"""How a document begins, in plain words: what a link to it can say before anybody follows it (§8.2)."""

from __future__ import annotations

from itertools import pairwise

from services.domain.rendering.bounds import TooMuchWork
from services.domain.rendering.headings import text_of
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import parse_document

LONGEST = 240
READ = 8_000
"""Characters in which the first paragraph is looked for."""


def opening(text: str) -> str:
    """The first paragraph without its markup, cut at a word; empty when there is none near the beginning."""
    try:
        tokens, _ = parse_document(text[:READ], LinkBase())
    except TooMuchWork:
        return ""
    paragraphs = (inline for before, inline in pairwise(tokens) if before.type == "paragraph_open")
    return _cut(next(filter(None, map(text_of, paragraphs)), ""))


def _cut(words: str) -> str:
    if len(words) <= LONGEST:
        return words
    return words[:LONGEST].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
