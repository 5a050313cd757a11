"""The document column of a branch: the text with its changes, and in contribute mode the source beside it (§8.3)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import TypedDict

from nicegui.element import Element

from components.document import Document
from components.preview import Preview

_PARTS = {"rfc-reading-parts": str(Path(__file__).parent / "reading_parts")}


class Mode(StrEnum):
    """What a viewer does on a branch: read and talk, or write (§8.3)."""

    DISCUSS = "discuss"
    CONTRIBUTE = "contribute"


class Mark(TypedDict):
    """What the browser adds to a mark of change: whose words it is, and what hovering over it tells."""

    badge: str
    hover: str


class Workspace(Element, component="workspace.js", esm=_PARTS):
    """Two panes; `document` is the rendered text, and what is put into `source` stands left of it."""

    def __init__(
        self, preview: Preview, *, head: str, mode: Mode, marks: Mapping[str, Mark], differs: bool
    ) -> None:
        super().__init__()
        self.mode = mode
        self._props.update(mode=mode, marks=dict(marks), tally=tally_html(preview), changed=differs)
        self.source = self.add_slot("editor")
        with self:
            self.document = Document(preview.document, head=head)

    def first_paint(self) -> str:
        """The text's pane; the source comes when it is joined."""
        source = '<section class="r-pane r-pane--source"></section>' if self.mode is Mode.CONTRIBUTE else ""
        text = f'<section class="r-pane r-pane--text">{_LOW_BAR}{self.document.first_paint()}</section>'
        look = "r-work r-work--contribute" if self.mode is Mode.CONTRIBUTE else "r-work"
        return f'<div class="{look}"><div class="r-pair">{source}{text}</div></div>'

    def clear_source(self) -> None:
        """Take away what stands left of the text."""
        for child in list(self.source.children):
            child.delete()

    def turn_to(self, mode: Mode) -> None:
        """Show the other mode."""
        self.mode = mode
        self._show(mode=mode)

    def show(self, preview: Preview, *, marks: Mapping[str, Mark], differs: bool) -> None:
        """Show another version of the text, at once and without moving what one looks at."""
        self.document.patch(preview.document)
        self._show(marks=dict(marks), tally=tally_html(preview), changed=differs)

    def _show(self, **props: object) -> None:
        if any(self._props.get(name) != value for name, value in props.items()):
            self._props.update(props)
            self.update()


_LOW_BAR = '<div class="r-bar r-bar--low"></div>'


def tally_html(preview: Preview) -> str:
    """How many words the branch gained and lost, for those who can't see marks too."""
    if not preview.added and not preview.removed:
        return ""
    label = escape(f"{preview.added} words put in, {preview.removed} struck")
    return (
        f'<span class="p" role="img" aria-label="{label}">+{preview.added:,}</span>'
        f'<span class="m" aria-hidden="true">−{preview.removed:,}</span>'
    )
