"""Text as the browser counts it: one unit per UTF-16 code unit.

"Units" are a `str` in which each character beyond U+FFFF is written as its two surrogates, so that `len` and
slices agree with JavaScript. Only this package sees units; everything else counts code points.
"""

from __future__ import annotations

import re

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_LONE_SURROGATE = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")


def to_units(text: str) -> str:
    """Write characters beyond U+FFFF as surrogate pairs."""
    return text if text.isascii() else _ASTRAL.sub(_pair, text)


def from_units(units: str) -> str:
    """The inverse of `to_units`; UnicodeDecodeError for half a pair."""
    return units if units.isascii() else units.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def has_half_a_pair(units: str) -> bool:
    """Whether a surrogate stands alone, which no text can hold."""
    return not units.isascii() and _LONE_SURROGATE.search(units) is not None


def splits_a_pair(units: str, at: int) -> bool:
    """Whether cutting at `at` would tear one character in two."""
    return 0 < at < len(units) and "\udc00" <= units[at] <= "\udfff" and "\ud800" <= units[at - 1] <= "\udbff"


def _pair(match: re.Match[str]) -> str:
    code = ord(match[0]) - 0x10000
    return chr(0xD800 + (code >> 10)) + chr(0xDC00 + (code & 0x3FF))
