"""Keeps a file's line ends, byte-order mark and missing last newline through an editor that knows only LF (§8.9)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from services.domain.prose_diff.matching import stretches

BYTE_ORDER_MARK = "\ufeff"
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")


@dataclass(frozen=True, slots=True)
class FileShape:
    """What an editor's text does not show of its file: one line end for each line, "" for a last line without."""

    marked: bool
    lines: tuple[str, ...]
    ends: tuple[str, ...]

    @property
    def usual_end(self) -> str:
        """The line end that most lines have; LF for a file without lines."""
        counted = Counter(end for end in self.ends if end)
        return counted.most_common(1)[0][0] if counted else "\n"


def shape_of(file_text: str) -> FileShape:
    """Note how `file_text` is written."""
    marked = file_text.startswith(BYTE_ORDER_MARK)
    pairs = _pairs(file_text.removeprefix(BYTE_ORDER_MARK))
    return FileShape(marked, tuple(line for line, _ in pairs), tuple(end for _, end in pairs))


def editor_text(file_text: str) -> str:
    """The text as the editor shows it: LF line ends, no byte-order mark."""
    return re.sub(r"\r\n?", "\n", file_text.removeprefix(BYTE_ORDER_MARK))


def file_text(text: str, shape: FileShape) -> str:
    """Write the editor's `text` with the file's own shape: lines keep the end of the line that stood there, new
    ones get the usual one. Untouched text gives back its file byte for byte."""
    pairs = _pairs(text)
    usual = shape.usual_end
    ends = [end and usual for _, end in pairs]
    if any(end not in ("", usual) for end in shape.ends):
        _keep_own_ends(ends, [line for line, _ in pairs], shape)
    body = "".join(line + end for (line, _), end in zip(pairs, ends, strict=True))
    return (BYTE_ORDER_MARK if shape.marked else "") + body


def _keep_own_ends(ends: list[str], lines: list[str], shape: FileShape) -> None:
    """Give each line that stood there before, or was rewritten in place, the end it had."""
    for stretch in stretches(shape.lines, lines):
        for was, here in zip(stretch.old, stretch.new, strict=False):
            if shape.ends[was] and ends[here]:
                ends[here] = shape.ends[was]


def _pairs(text: str) -> list[tuple[str, str]]:
    """Lines with their ends; never an empty last line."""
    return [(match[1], match[2]) for match in _LINE.finditer(text) if match[0]]
