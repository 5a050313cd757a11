"""The reading column: one HTML string for a document, its contents list, and what stands above it (§8.1, §8.2)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from html import escape
from pathlib import Path

from anyio import to_thread
from nicegui.element import Element

from components.html_patch import patch_between
from services.domain.rendering.headings import Heading
from services.domain.rendering.links import LinkBase
from services.domain.rendering.markdown import RenderedDocument, render_document

DEEPEST_CONTENTS = 2
"""How many levels of headings the contents list shows."""
FEWEST_CONTENTS = 3
"""A document with fewer headings needs no list."""
LIMITED = (
    "Parts of this text are too large or too deeply nested to format; they are shown as they were written."
)

_MOST_KEPT = 24_000_000
"""Characters of HTML kept in memory, for all documents together."""
_kept: OrderedDict[str, RenderedDocument] = OrderedDict()


class Document(
    Element,
    component="reading_column.js",
    esm={"rfc-reading-parts": str(Path(__file__).parent / "reading_parts")},
):
    """A column that scrolls: contents list, head, what its children are, then the text.

    The head is patched at once. A new text is offered to the reader, and takes the old one's place when asked for;
    one that is being written is patched where it changed. With a `version` the browser says which one it shows.
    """

    def __init__(
        self,
        document: RenderedDocument,
        *,
        head: str,
        testid: str = "rfc-body",
        contents: bool = True,
        version: str = "",
    ) -> None:
        super().__init__()
        self._contents = contents
        listed = contents_html(document.headings) if contents else ""
        self._props.update(head=head, contents=listed, body=body_html(document), testid=testid)
        self._props["version"] = version
        self.on("lost", self._renew)

    def first_paint(self) -> str:
        """The column from its beginning."""
        listed = self._props["contents"]
        contents = f'<nav class="r-contents">{listed}</nav>' if listed else ""
        lone = "" if listed else " r-read--one"
        return (
            f'<div class="r-scroll"><div class="r-read{lone}">{contents}<div class="r-docmain">'
            f'<div>{self._props["head"]}</div><article class="r-doc">{self._props["body"]}</article></div></div></div>'
        )

    def show_head(self, head: str) -> None:
        """Show another head; nothing is sent when it is the same."""
        if head != self._props["head"]:
            self._props["head"] = head
            self.update()

    def offer(self, document: RenderedDocument, *, version: str = "") -> None:
        """Tell the reader that the text is another one now, or the same in another version; nothing is sent else."""
        body, listed = body_html(document), contents_html(document.headings) if self._contents else ""
        if (body, listed, version) != tuple(self._props[name] for name in ("body", "contents", "version")):
            self._hold(body, listed, version)
            self.run_method("offer", listed, body, version)

    def patch(self, document: RenderedDocument) -> None:
        """Show another version of the text at once; only what changed is sent."""
        body, listed = body_html(document), contents_html(document.headings) if self._contents else ""
        before, listed_before = str(self._props["body"]), self._props["contents"]
        if (body, listed) != (before, listed_before):
            self._hold(body, listed, str(self._props["version"]))
            contents = listed if listed != listed_before else None
            self.run_method("patch", contents, patch_between(before, body))

    def _hold(self, body: str, contents: str, version: str) -> None:
        """Remember what the browser is told by a method: otherwise all of it would be sent a second time."""
        with self._props.suspend_updates():
            self._props["body"], self._props["contents"], self._props["version"] = body, contents, version

    def _renew(self) -> None:
        self.run_method("renew", self._props["contents"], self._props["body"])


async def rendered(text: str, *, base: LinkBase, title: str = "") -> RenderedDocument:
    """A document's HTML, made in a thread and kept for the next reader of the same text."""
    key = hashlib.sha256(repr((text, base, title)).encode("utf-8", "surrogatepass")).hexdigest()
    present = _kept.get(key)
    if present is not None:
        _kept.move_to_end(key)
        return present
    document = await to_thread.run_sync(lambda: render_document(text, base=base, title=title))
    _keep(key, document)
    return document


def _keep(key: str, document: RenderedDocument) -> None:
    _kept[key] = document
    size = sum(len(kept.html) for kept in _kept.values())
    while size > _MOST_KEPT and len(_kept) > 1:
        _, oldest = _kept.popitem(last=False)
        size -= len(oldest.html)


def body_html(document: RenderedDocument) -> str:
    """The text, and in words what of it could not be formatted."""
    if not document.html.strip():
        return '<p class="r-muted">There is no text yet.</p>'
    note = f'<p class="r-note r-note--warn" role="note">{LIMITED}</p>' if document.limited else ""
    return note + document.html


def contents_html(headings: Iterable[Heading]) -> str:
    """The contents list, or nothing when the document is short."""
    shown = [heading for heading in headings if heading.level <= DEEPEST_CONTENTS]
    if len(shown) < FEWEST_CONTENTS:
        return ""
    return f'<h2 class="r-label">Contents</h2><ol>{"".join(map(_content, shown))}</ol>'


def _content(heading: Heading) -> str:
    anchor = escape(heading.anchor)
    return (
        f'<li data-level="{heading.level}"><a href="#{anchor}" data-anchor="{anchor}"><b>{heading.number}</b>'
        f"<span>{escape(heading.text)}</span></a></li>"
    )
