"""What a model says when it is asked for tags or a sharper pitch, read as such (§9.2)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from services.domain.proposal import MAX_PITCH, MAX_TAG, is_one_line, parse_tags

MOST_SUGGESTED = 5
_FENCED = re.compile(r"\A```[a-z]*\n(?P<inner>.*)\n```\Z", re.DOTALL)
_LEAD = re.compile(r"\A(?:tags|suggested tags|pitch)\s*:\s*", re.IGNORECASE)
_NOT_IN_A_TAG = " \t.;*`\"“”'#[]"
_BULLET = re.compile(r"\A\s*(?:[-*+]|\d+[.)])\s+")


def tags_of_answer(answer: str, *, present: Iterable[str], in_use: Collection[str]) -> tuple[str, ...]:
    """Up to five new tags; one that others use already keeps its spelling. Empty if the answer is of no use."""
    lines = (_BULLET.sub("", line) for line in _plain(answer).splitlines())
    known = {tag.casefold(): tag for tag in in_use}
    taken = {tag.casefold() for tag in present}
    found: dict[str, str] = {}
    for part in parse_tags(",".join(lines)):
        tag = part.strip(_NOT_IN_A_TAG)
        key = tag.casefold()
        if tag and len(tag) <= MAX_TAG and is_one_line(tag) and key not in taken:
            found.setdefault(key, known.get(key, tag))
    return tuple(found.values())[:MOST_SUGGESTED]


def pitch_of_answer(answer: str, *, before: str) -> str | None:
    """The pitch as a model would put it; None where that is nothing, the same again, or too long to be one."""
    text = _plain(answer)
    if not text or len(text) > MAX_PITCH or text.split() == before.split():
        return None
    return text


def _plain(answer: str) -> str:
    """Without the fence or the word that models like to put around what they were asked for."""
    text = answer.replace("\r\n", "\n").strip()
    fenced = _FENCED.match(text)
    return _LEAD.sub("", (fenced["inner"] if fenced else text).strip())
