"""The columns of a page as plain HTML, shown until NiceGUI has built the real ones, so that going from page to page
doesn't blink.

A picture only: inert, hidden from screen readers and tests, and cut after a screenful. frame.js takes it away in the
moment the real columns are there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from typing import Final, Protocol, runtime_checkable

from nicegui.element import Element
from nicegui.elements.html import Html

LIMIT: Final = 16_000
"""Characters of one piece of HTML that are shown: more than fits a screen."""
_VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_LEFT_OUT: Final = frozenset(("script", "style", "template", "iframe", "object"))
_KEPT: Final = frozenset((
    "class", "style", "hidden", "src", "alt", "width", "height", "colspan", "rowspan", "start", "open",
    "type", "value", "placeholder", "rows", "checked", "datetime", "data-ago", "data-col", "data-state", "data-model",
))  # fmt: skip
"""Attributes that change how something looks; all others name it or make it act."""
_NATIVE: Final = re.compile(r"[a-z][a-z0-9]*\Z")


@runtime_checkable
class Pictured(Protocol):
    """A component that knows how it will look before the browser has drawn it."""

    def first_paint(self) -> str:
        """Its whole HTML, outer element included."""


def first_paint_html(columns: Iterable[Element]) -> str:
    """The columns as they will look; components drawn by the browser stay empty unless they are `Pictured`."""
    return "".join(
        f'<div class="r-first" inert aria-hidden="true">{_column(column)}</div>' for column in columns
    )


def _column(column: Element) -> str:
    return _tag("div", column, "".join(_picture(child) for child in column.default_slot.children))


def _picture(element: Element) -> str:
    if isinstance(element, Html):
        return _tag(str(element.props["tag"]), element, picture_of(element.content))
    if isinstance(element, Pictured):
        return picture_of(element.first_paint())
    if not _NATIVE.match(element.tag):
        return ""
    return _tag(element.tag, element, "".join(_picture(child) for child in element.default_slot.children))


def _tag(tag: str, element: Element, inner: str) -> str:
    props = {key: str(value) for key, value in element.props.items() if value not in (False, None)}
    start = _start(tag, {"class": " ".join(element.classes), **props}.items())
    return start if tag in _VOID else f"{start}{inner}</{tag}>"


def _start(tag: str, attributes: Iterable[tuple[str, str | None]]) -> str:
    kept = "".join(f' {key}="{escape(value or "")}"' for key, value in attributes if key in _KEPT)
    return f"<{tag}{kept}>"


@lru_cache(maxsize=64)
def picture_of(html: str) -> str:
    """The beginning of the HTML, written anew: well formed, and without anything that names or acts."""
    writer = _Writer()
    writer.feed(html if len(html) <= LIMIT else html[: html.rfind("<", 0, LIMIT)])
    return writer.finished()


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._parts: list[str] = []
        self._skipping = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LEFT_OUT:
            self._skipping = self._skipping or tag
        if self._skipping or not _NATIVE.match(tag):
            return
        self._parts.append(_start(tag, attrs))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._skipping:
            self._skipping = ""
        elif not self._skipping and tag in self._open:
            while (closing := self._open.pop()) != tag:
                self._parts.append(f"</{closing}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._parts.append(escape(data, quote=False))

    def finished(self) -> str:
        """Everything written, with what is still open closed."""
        return "".join(self._parts) + "".join(f"</{tag}>" for tag in reversed(self._open))
