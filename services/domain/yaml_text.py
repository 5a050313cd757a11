"""Texts written as YAML, plain where every reader takes them for the same text."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[^\W_](?:[^\x00-\x1f\"#&*!|>%@`:\[\]{},]|:(?=\S)|(?<=\S)#)*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER_LIKE = re.compile(r"[-+.]?\d[\d_.,:xXoObeE+-]*|0[xX][0-9a-fA-F_]+|\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"})


def scalar(text: str, *, style: str | None = None) -> str:
    """The text as a YAML scalar, in the quoting it had (`style` ' or ") where that is possible."""
    if style == '"' or not _is_printable(text):
        return _double_quoted(text)
    if style == "'":
        return "'" + text.replace("'", "''") + "'"
    return text if _may_be_plain(text) else _double_quoted(text)


def flow_list(texts: Iterable[str]) -> str:
    """The texts as a YAML list on one line."""
    return "[" + ", ".join(scalar(text) for text in texts) + "]"


def _is_printable(text: str) -> bool:
    return text.isprintable()


def _may_be_plain(text: str) -> bool:
    if not _PLAIN.fullmatch(text) or text != text.strip() or text.lower() in _WORDS:
        return False
    return _DATE.fullmatch(text) is not None or _NUMBER_LIKE.fullmatch(text) is None


def _double_quoted(text: str) -> str:
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
