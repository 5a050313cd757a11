"""The philosophy page (§14.2): the operator's file, or the text that ships."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).parent / "philosophy.md"


def philosophy_text(path: Path | None) -> str:
    """The markdown to show; blocking. An unreadable file of the operator's gives the shipped text."""
    try:
        return (path or SHIPPED).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return SHIPPED.read_text(encoding="utf-8")


def title_of(text: str) -> str:
    """The first level-1 heading, else a plain word."""
    found = re.search(r"^# +(\S.*?)[ #]*$", text, re.MULTILINE)
    return found[1] if found else "Philosophy"


def philosophy_html(title: str, document: str) -> str:
    """The document column; `document` is rendered markdown."""
    return (
        f'<div class="r-read r-read--one"><h1 class="r-title r-title--page">{escape(title)}</h1>'
        f'<article class="r-doc">{document}</article></div>'
    )
