"""Cuts markdown that is still being written into blocks that are complete and a tail that may still change (§8.4)."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

_BLANK = re.compile(r"\n[ \t]*\n+(?=[^\s])")
"""A gap followed by a line at the margin: what is indented may belong to the list before it."""
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$", re.MULTILINE)


class BlockCutter:
    """Feed it what arrives; joined in order, the blocks and the tail are the whole text again."""

    def __init__(self) -> None:
        self.tail = ""
        """What may still change."""

    def feed(self, text: str) -> tuple[str, ...]:
        """The blocks that are complete by now, with the gaps that follow them."""
        self.tail += text
        code = _code_of(self.tail)
        gaps = [gap.end() for gap in _BLANK.finditer(self.tail) if not _is_inside(code, gap.start())]
        blocks = tuple(self.tail[begin:end] for begin, end in pairwise([0, *gaps]))
        self.tail = self.tail[gaps[-1] :] if gaps else self.tail
        return blocks


def _code_of(text: str) -> list[tuple[int, int]]:
    """Where fenced code begins and ends; one that is still open ends nowhere."""
    found: list[tuple[int, int]] = []
    fence, begin = "", 0
    for line in _FENCE.finditer(text):
        marks, rest = line[1], line[2]
        if not fence:
            fence, begin = marks, line.start()
        elif marks.startswith(fence) and not rest.strip():
            found.append((begin, line.end()))
            fence = ""
    return [*found, (begin, len(text) + 1)] if fence else found


def _is_inside(code: list[tuple[int, int]], at: int) -> bool:
    index = bisect_right(code, at, key=lambda span: span[0]) - 1
    return index >= 0 and at < code[index][1]
