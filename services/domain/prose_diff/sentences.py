"""Cuts prose into sentences. Nothing is lost between them: each keeps the white space that follows it."""

from __future__ import annotations

import re

_END = re.compile(
    r"""(?:[.!?…]+["'”’»)\]*_`]*(?=\s)   # a full stop before white space
        |[。！？]["”’」』）]*)\s*""",
    re.VERBOSE,
)
_ABBREVIATIONS = frozenset(
    (
        "e.g.",
        "i.e.",
        "etc.",
        "cf.",
        "vs.",
        "resp.",
        "approx.",
        "no.",
        "fig.",
        "sec.",
        "mr.",
        "mrs.",
        "dr.",
        "st.",
        "p.",
        "pp.",
        "al.",
        "ca.",
    )
)
_BEGINS_LOW = re.compile(r"[a-z]")
_LAST_WORD = re.compile(r"\S+$")


def cut_sentences(text: str) -> tuple[str, ...]:
    """Cut `text` so that joining the parts gives it back."""
    parts, start = [], 0
    for match in _END.finditer(text):
        if _is_end(text, start, match):
            parts.append(text[start : match.end()])
            start = match.end()
    if start < len(text):
        parts.append(text[start:])
    return tuple(parts)


def _is_end(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match.group()
    if mark[0] != ".":
        return True
    following = text[match.end() : match.end() + 1]
    if following and _BEGINS_LOW.match(following):
        return False
    word = _LAST_WORD.search(text, start, match.start() + 1)
    last = (word.group() if word else "").lstrip("([*_\"'“").lower()
    # "1." at the start of a list item and "e.g." don't end a sentence
    return last not in _ABBREVIATIONS and not (
        last[:-1].isdigit() and not text[start : match.start()].strip(" \t\n0123456789")
    )
