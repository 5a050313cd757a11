"""What a reader sees of rendered HTML, as browser code of ours counts it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from selectolax.lexbor import LexborHTMLParser, LexborNode

_EMPTY = ("img", "input", "br", "hr")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY:
            given = dict(attrs)
            aside = (
                given.get("class") in ("r-secno", "r-alt") or given.get("aria-label") == "Back to the text"
            )
            self._hidden.append(aside or tag in ("sup", "del"))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _EMPTY:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._hidden):
            self.words.append(data)


def visible_text(html: str) -> str:
    """The text, without section numbers, notes' numbers, struck words and what stands for images."""
    reader = _Reader()
    reader.feed(html)
    return "".join(reader.words)


def characters_without(html: str, aside: str) -> str:
    """The text without what a CSS selector finds, and without spaces: for whole documents, hundreds of times."""
    page = LexborHTMLParser(html)
    assert page.body is not None
    found = {node.mem_id: node for node in page.css(aside)}
    # What stands inside something that goes would be freed twice.
    for node in [node for node in found.values() if not any(above.mem_id in found for above in _above(node))]:
        node.decompose()
    return "".join(page.body.text().split())


def _above(node: LexborNode) -> Iterator[LexborNode]:
    while (parent := node.parent) is not None:
        yield parent
        node = parent
